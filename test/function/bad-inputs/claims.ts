import { composite, seedParameters } from '../call.ts';
import type { BadInput } from './row.ts';

const LONG = 'a'.repeat(240);

export const claims: readonly BadInput[] = [
  {
    what: 'a missing parameter',
    rule: 'every claim sets workloadName, repoPrefix, region and providerName',
    paths: ['spec.parameters.region'],
    parameters: { region: undefined },
  },
  {
    what: 'no parameters',
    rule: 'every claim sets workloadName, repoPrefix, region and providerName',
    paths: [
      'spec.parameters.workloadName',
      'spec.parameters.repoPrefix',
      'spec.parameters.region',
      'spec.parameters.providerName',
    ],
    composite: { ...composite(), spec: {} },
  },
  {
    what: 'parameters that are not an object',
    rule: 'spec.parameters is an object',
    paths: ['spec.parameters'],
    composite: composite('example-app'),
  },
  {
    what: 'a number where text belongs',
    rule: 'types',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: 5 },
  },
  {
    what: 'a parameter that is null',
    rule: 'types',
    paths: ['spec.parameters.region'],
    parameters: { region: null },
  },
  {
    what: 'an empty name',
    rule: 'names are not empty',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: '' },
  },
  {
    what: 'a misspelled parameter',
    rule: 'unknown fields that are nearly a known one are refused',
    paths: ['spec.parameters.regoin', 'spec.parameters.region'],
    parameters: { region: undefined, regoin: 'eu-west-2' },
  },
  {
    what: 'a misspelled parameter in addition to the correct one',
    rule: 'unknown fields that are nearly a known one are refused',
    paths: ['spec.parameters.Region'],
    parameters: { Region: 'eu-west-1' },
  },
  {
    what: 'a region that does not exist',
    rule: 'AWS region names',
    paths: ['spec.parameters.region'],
    parameters: { region: 'London' },
  },
  {
    what: 'an availability zone instead of a region',
    rule: 'AWS region names',
    paths: ['spec.parameters.region'],
    parameters: { region: 'eu-west-2a' },
  },
  {
    what: 'a deletion in the wrong case',
    rule: 'deletion is Retain, IfEmpty or Force',
    paths: ['spec.parameters.deletion'],
    parameters: { deletion: 'force' },
  },
  {
    what: 'several mistakes at once',
    rule: 'all are told at once',
    paths: ['spec.parameters.workloadName', 'spec.parameters.deletion'],
    parameters: { workloadName: '', deletion: 'Keep' },
  },
];

export const names: readonly BadInput[] = [
  {
    what: 'an upper-case workload name',
    rule: 'ECR repository names',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: 'Example-App' },
  },
  {
    what: 'two dots side by side',
    rule: 'ECR repository names',
    paths: ['spec.parameters.workloadName'],
    parameters: { workloadName: 'example..app' },
  },
  {
    what: 'a name with a character that ECR does not allow',
    rule: 'ECR repository names',
    paths: ['spec.parameters.repoPrefix'],
    parameters: { repoPrefix: 'tap/work+loads' },
  },
  {
    what: 'a path with an empty part',
    rule: 'ECR repository names',
    paths: ['spec.parameters.repoPrefix'],
    parameters: { repoPrefix: 'tap//workloads' },
  },
  {
    what: 'a name that ends with a separator',
    rule: 'ECR repository names',
    paths: ['spec.parameters'],
    input: { repositories: [{ name: 'image', suffix: '-' }] },
  },
  {
    what: 'a name of 257 characters',
    rule: 'ECR repository names: 2 to 256 characters',
    paths: ['spec.parameters'],
    parameters: { workloadName: LONG, repoPrefix: 'a'.repeat(8) },
    input: { repositories: [{ name: 'image' }] },
  },
  {
    what: 'a name of one character',
    rule: 'ECR repository names: 2 to 256 characters',
    paths: ['spec.parameters'],
    parameters: { workloadName: 'a' },
    input: { nameTemplate: '{workload}{suffix}', repositories: [{ name: 'image' }] },
  },
  {
    what: 'a registry host in another region',
    rule: 'the host in repoPrefix is in the region asked for',
    paths: ['spec.parameters.repoPrefix'],
    parameters: { repoPrefix: '123456789012.dkr.ecr.us-east-1.amazonaws.com/tap' },
  },
  {
    what: 'a registry as a URL',
    rule: 'repoPrefix has no scheme',
    paths: ['spec.parameters.repoPrefix'],
    parameters: { repoPrefix: 'https://123456789012.dkr.ecr.eu-west-2.amazonaws.com/tap' },
  },
  {
    what: 'a cluster-scoped composite without a claim',
    rule: 'the name template wants a namespace',
    paths: ['metadata.namespace'],
    composite: { ...composite(), spec: { parameters: seedParameters } },
  },
];
