import { expect, test } from 'vitest';
import { registryProblem } from '../../../src/cache/artifacts/allowed.ts';
import { parseRepository } from '../../../src/oci/index.ts';

const ECR = '123456789012.dkr.ecr.eu-west-2.amazonaws.com';

const cases: {
  repository: string;
  allowed: string[];
  own?: string[];
  local?: boolean;
  inside?: boolean;
  ok: boolean;
  reason: string;
}[] = [
  { repository: `${ECR}/tap/app`, allowed: [ECR], ok: true, reason: 'the host itself' },
  { repository: `${ECR}.evil.example/tap/app`, allowed: [ECR], ok: false, reason: 'a host that begins like it' },
  { repository: `evil.${ECR}/tap/app`, allowed: [ECR], ok: false, reason: 'a host that ends like it' },
  { repository: 'registry.example.com/a', allowed: [], ok: false, reason: 'an empty list' },
  { repository: 'registry.example.com/a', allowed: ['registry.example.com/'], ok: true, reason: 'a trailing slash' },
  { repository: 'registry.example.com:5000/a', allowed: ['registry.example.com'], ok: false, reason: 'another port' },
  { repository: 'registry.example.com:5000/a', allowed: ['registry.example.com:5000'], ok: true, reason: 'this port' },
  { repository: 'registry.example.com/team/a', allowed: ['registry.example.com/team'], ok: true, reason: 'the path' },
  {
    repository: 'registry.example.com/team2/a',
    allowed: ['registry.example.com/team'],
    ok: false,
    reason: 'a longer part',
  },
  {
    repository: 'registry.example.com/team',
    allowed: ['registry.example.com/team'],
    ok: true,
    reason: 'the path itself',
  },
  { repository: '127.0.0.1:5000/a', allowed: ['127.0.0.1:5000'], ok: false, reason: 'loopback' },
  { repository: '127.0.0.1:5000/a', allowed: ['127.0.0.1:5000'], local: true, ok: true, reason: 'loopback, allowed' },
  { repository: '127.0.0.1:5000/a', allowed: [], local: true, ok: false, reason: 'local but not in the list' },
  { repository: 'localhost:5000/a', allowed: ['localhost:5000'], ok: false, reason: 'loopback by name' },
  { repository: 'registry.localhost/a', allowed: ['registry.localhost'], ok: false, reason: 'loopback by domain' },
  { repository: '169.254.169.254/a', allowed: ['169.254.169.254'], ok: false, reason: 'the metadata service' },
  { repository: '[::1]:5000/a', allowed: ['[::1]:5000'], ok: false, reason: 'loopback in IPv6' },
  { repository: '[fd00:ec2::254]/a', allowed: ['[fd00:ec2::254]'], ok: false, reason: 'the metadata service in IPv6' },
  { repository: '0.0.0.0:80/a', allowed: ['0.0.0.0:80'], ok: false, reason: 'this machine by another name' },
  {
    repository: 'registry.corp.local/a',
    allowed: ['registry.corp.local'],
    ok: false,
    reason: 'a name in a private domain',
  },
  {
    repository: 'registry.corp.local/a',
    allowed: ['registry.corp.local'],
    inside: true,
    ok: true,
    reason: 'a name in a private domain, allowed',
  },
  { repository: '10.0.0.1/a', allowed: ['10.0.0.1'], ok: false, reason: 'a private address' },
  { repository: '10.0.0.1/a', allowed: ['10.0.0.1'], inside: true, ok: true, reason: 'a private address, allowed' },
  {
    repository: '[::ffff:7f00:1]/a',
    allowed: ['[::ffff:7f00:1]'],
    inside: true,
    ok: false,
    reason: 'loopback in an IPv6 address',
  },
  { repository: `${ECR}/tap/app`, own: [`${ECR}/tap/app`], allowed: [], ok: true, reason: 'the own repository' },
  { repository: `${ECR}/tap/app2`, own: [`${ECR}/tap/app`], allowed: [], ok: false, reason: 'a longer name' },
  { repository: `${ECR}/tap/app/x`, own: [`${ECR}/tap/app`], allowed: [], ok: false, reason: 'below the own one' },
  { repository: `${ECR}/tap`, own: [`${ECR}/tap/app`], allowed: [], ok: false, reason: 'above the own one' },
  { repository: `${ECR}/other/app`, own: [`${ECR}/tap/app`], allowed: [], ok: false, reason: 'next to the own one' },
  {
    repository: `${ECR.replace('123456789012', '210987654321')}/tap/app`,
    own: [`${ECR}/tap/app`],
    allowed: [],
    ok: false,
    reason: 'the path in another account',
  },
  {
    repository: `${ECR.replace('eu-west-2', 'us-east-1')}/tap/app`,
    own: [`${ECR}/tap/app`],
    allowed: [],
    ok: false,
    reason: 'the path in another region',
  },
  {
    repository: `${ECR.toUpperCase()}/tap/app`,
    own: [`${ECR}/tap/app`],
    allowed: [],
    ok: true,
    reason: 'the host in upper case, which is the same host',
  },
  { repository: 'docker.io/library/busybox', allowed: ['docker.io/library'], ok: true, reason: 'Docker Hub by name' },
];

test.each(cases)(
  '$repository with $allowed: $reason',
  ({ repository, own = [], allowed, local = false, inside = false, ok }) => {
    const problem = registryProblem(parseRepository(repository), {
      own,
      allowed,
      networks: { local, private: inside },
    });
    expect(problem === undefined).toBe(ok);
    if (!ok) expect(problem).toMatch(/packageCache\.(allowedRegistries|allow(Local|Private)Addresses)/);
  },
);
