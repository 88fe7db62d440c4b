import { expect, test } from 'vitest';
import { parseEcrHost } from '../../src/aws/index.ts';
import { ecrHostOf, isEcrHost, looksLikeEcrHost } from '../../src/aws/registry-host.ts';

const ID = '123456789012';

test.each([
  {
    host: `${ID}.dkr.ecr.us-east-1.amazonaws.com`,
    want: { region: 'us-east-1', fips: false, domain: 'amazonaws.com' },
  },
  {
    host: `${ID}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`,
    want: { region: 'us-gov-west-1', fips: true, domain: 'amazonaws.com' },
  },
  {
    host: `${ID}.dkr.ecr.cn-north-1.amazonaws.com.cn`,
    want: { region: 'cn-north-1', fips: false, domain: 'amazonaws.com.cn' },
  },
  { host: `${ID}.dkr-ecr.eu-west-1.on.aws`, want: { region: 'eu-west-1', fips: false, domain: 'on.aws' } },
  { host: `${ID}.dkr-ecr-fips.us-east-2.on.aws`, want: { region: 'us-east-2', fips: true, domain: 'on.aws' } },
  {
    host: `${ID}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn`,
    want: { region: 'cn-north-1', fips: false, domain: 'on.amazonwebservices.com.cn' },
  },
  {
    host: `${ID}.dkr.ecr.eusc-de-east-1.amazonaws.eu`,
    want: { region: 'eusc-de-east-1', fips: false, domain: 'amazonaws.eu' },
  },
  {
    host: `${ID}.dkr.ecr.us-iso-east-1.c2s.ic.gov`,
    want: { region: 'us-iso-east-1', fips: false, domain: 'c2s.ic.gov' },
  },
  {
    host: `${ID}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov`,
    want: { region: 'us-isob-east-1', fips: false, domain: 'sc2s.sgov.gov' },
  },
  {
    host: `${ID}.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk`,
    want: { region: 'eu-isoe-west-1', fips: false, domain: 'cloud.adc-e.uk' },
  },
  {
    host: `${ID}.dkr.ecr.us-isof-south-1.csp.hci.ic.gov`,
    want: { region: 'us-isof-south-1', fips: false, domain: 'csp.hci.ic.gov' },
  },
  {
    host: `${ID}.dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu`,
    want: { region: 'eusc-de-east-1', fips: false, domain: 'on.amazonwebservices.eu' },
  },
  {
    host: `${ID}.dkr-ecr-fips.us-gov-east-1.on.aws`,
    want: { region: 'us-gov-east-1', fips: true, domain: 'on.aws' },
  },
  {
    host: `${ID}.dkr.ecr.ap-southeast-7.amazonaws.com`,
    want: { region: 'ap-southeast-7', fips: false, domain: 'amazonaws.com' },
  },
])('$host is a registry in $want.region', ({ host, want }) => {
  expect(parseEcrHost(host)).toEqual({ account: ID, ...want });
});

test.each([
  { host: '12345.dkr.ecr.us-east-1.amazonaws.com', reason: 'five digits' },
  { host: `0${ID}.dkr.ecr.us-east-1.amazonaws.com`, reason: 'thirteen digits' },
  { host: `${ID}.dkr.ecr.us-east-1.amazonaws.com.evil.example`, reason: 'a suffix' },
  { host: `evil.example.${ID}.dkr.ecr.us-east-1.amazonaws.com`, reason: 'a prefix' },
  { host: `${ID}.dkr.ecr.evil.example.amazonaws.com`, reason: 'a region with dots' },
  { host: `${ID}.dkr.ecr.us-east-1.amazonaws.com:8443`, reason: 'a port' },
  { host: `${ID}.dkr.ecr.us-east-1.amazonaws.com\n`, reason: 'a line feed' },
  { host: `${ID}xdkrxecr.us-east-1.amazonaws.com`, reason: 'other characters for dots' },
  { host: `${ID}.dkr.ecr.us-east-1.amazonawsxcom`, reason: 'another domain' },
  { host: `${ID}.dkr.ecr..amazonaws.com`, reason: 'no region' },
  { host: `${ID}.dkr.ecr.evil.amazonaws.com`, reason: 'a region of no partition' },
  { host: `${ID}.dkr.ecr.evil.amazonaws.com.attacker.example`, reason: 'a region of no partition and a suffix' },
  { host: `${ID}.dkr.ecr.us-east-1.amazonaws.com.cn`, reason: 'a region of another partition' },
  { host: `${ID}.dkr.ecr.cn-north-1.amazonaws.com`, reason: 'a Chinese region outside its domain' },
  { host: `${ID}.dkr.ecr.us-east-1.amazonaws.eu`, reason: 'a region of another partition' },
  { host: `${ID}.dkr.ecr.us-east-1.c2s.ic.gov`, reason: 'a region of another partition' },
  { host: `${ID}.dkr.ecr.us-iso-east-1.sc2s.sgov.gov`, reason: 'a region of another partition' },
  { host: `${ID}.dkr.ecr.us-east-1.on.aws`, reason: 'a dual-stack domain with the name of an IPv4 host' },
  { host: `${ID}.dkr-ecr.us-east-1.amazonaws.com`, reason: 'an IPv4 domain with the name of a dual-stack host' },
  { host: `${ID}.dkr.ecr.us-east.amazonaws.com`, reason: 'a region without a number' },
  { host: `${ID}.dkr.ecr.us-east-1a.amazonaws.com`, reason: 'an availability zone' },
  { host: `${ID}.dkr.ecr.us-east-1.amazonaws.com.`, reason: 'a trailing dot' },
  { host: `${ID}.DKR.ECR.us-east-1.amazonaws.com`, reason: 'upper case' },
  { host: `${ID}.dkr.ecr-fips.amazonaws.com`, reason: 'FIPS without a region' },
  { host: `user@${ID}.dkr.ecr.us-east-1.amazonaws.com`, reason: 'a user' },
  { host: `${ID}.dkr.ecr.us-east-1.vpce.amazonaws.com`, reason: 'a VPC endpoint' },
  { host: `１２３４５６７８９０１２.dkr.ecr.us-east-1.amazonaws.com`, reason: 'other digits' },
  { host: 'ecr.us-east-1.amazonaws.com', reason: 'the API' },
  { host: 'public.ecr.aws', reason: 'ECR Public' },
  { host: 'registry.example.com', reason: 'another registry' },
  { host: '', reason: 'nothing' },
])('$host is not an ECR registry: $reason', ({ host, reason }) => {
  expect(parseEcrHost(host), reason).toBeUndefined();
});

test.each([
  { region: 'eu-west-2', want: 'amazonaws.com' },
  { region: 'us-gov-west-1', want: 'amazonaws.com' },
  { region: 'cn-north-1', want: 'amazonaws.com.cn' },
  { region: 'eusc-de-east-1', want: 'amazonaws.eu' },
])('the host of an account in $region ends with $want', ({ region, want }) => {
  const host = ecrHostOf(ID, region);
  expect(host).toBe(`${ID}.dkr.ecr.${region}.${want}`);
  expect(isEcrHost(host)).toBe(true);
});

test.each([
  { host: `${ID}.dkr.ecr.us-east-1a.amazonaws.com`, want: true },
  { host: 'ACCOUNT.dkr-ecr.REGION.on.aws', want: true },
  { host: 'registry.example.com', want: false },
])('$host resembles a host of ECR: $want', ({ host, want }) => {
  expect(looksLikeEcrHost(host)).toBe(want);
});
