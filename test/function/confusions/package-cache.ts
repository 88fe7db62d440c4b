import type { Confusion } from './confusion.ts';

/** Sources of packages. */
export const packageCache: readonly Confusion[] = [
  [
    'packageCache: {sources: [{name: a, interval: 5}]}',
    'spec.parameters.packageCache.sources[0].interval: must be a duration from 10s to 168h, such as 90s, 10m or 1h30m, not 5; write a unit: 5m',
  ],
  [
    'packageCache: {sources: [{name: a, interval: 1d, timeout: 2000}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].interval: must be a duration from 10s to 168h, such as 90s, 10m or 1h30m; the longest unit is h: write 24h (it is "1d"); (2) spec.parameters.packageCache.sources[0].timeout: must be a duration from 1s to 10m, such as 90s or 10m, not 2000',
  ],
  [
    'packageCache: {sources: {name: a}}',
    'spec.parameters.packageCache.sources: must be a list, not {"name":"a"}; write [{"name":"a"}]',
  ],
  [
    'packageCache: {sources: {web: {url: oci://x/y}}}',
    'spec.parameters.packageCache.sources: must be a list, not {"web":{"url":"oci://x/y"}}; write [{"name":"web","url":"oci://x/y"}]',
  ],
  [
    'packageCache: [{name: a}]',
    'spec.parameters.packageCache: must be an object, not [{"name":"a"}]; write {"sources":[{"name":"a"}]}',
  ],
  [
    'packageCache: {sources: [a]}',
    'spec.parameters.packageCache.sources[0]: must be an object, not "a"; write {"name":"a"}',
  ],
  [
    'packageCache: {sources: [{name: a, ref: v1.2.3, secretRef: pull}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].ref: must be an object, not "v1.2.3"; write {"tag":"v1.2.3"}; (2) spec.parameters.packageCache.sources[0].secretRef: must be an object, not "pull"; write {"name":"pull"}',
  ],
  [
    'packageCache: {sources: [{name: a, tag: v1, semver: 1.x}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].tag: unknown field; it belongs in ref; (2) spec.parameters.packageCache.sources[0].semver: unknown field; it belongs in ref',
  ],
  [
    'packageCache: {sources: [{name: a, ref: {semver: 1.2}, install: true}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].ref.semver: must be a string, not 1.2; YAML read a number: put it in quotes, as written in the file; (2) spec.parameters.packageCache.sources[0].install: must be an object, not true; its fields are kind, name, packagePullPolicy, pinTag, skipDependencyResolution',
  ],
  [
    'packageCache: {sources: [{name: a, ref: {tag: 1.10}, install: {kind: provider}}]}',
    '2 problems: (1) spec.parameters.packageCache.sources[0].ref.tag: must be a string, not 1.1; YAML read a number: put it in quotes, as written in the file; (2) spec.parameters.packageCache.sources[0].install.kind: must be Configuration, Provider or Function, not "provider"; did you mean Provider?',
  ],
  [
    'packageCache: {url: oci://x/y}',
    '2 problems: (1) spec.parameters.packageCache.sources: is required; (2) spec.parameters.packageCache.url: unknown field; it belongs in sources[]',
  ],
  [
    'packageCache: {sources: [{name: a, url: registry.example.com/x:v1}]}',
    'spec.parameters.packageCache.sources[0].url: must be oci://HOST/REPOSITORY, without a tag or digest (it is "registry.example.com/x:v1")',
  ],
];
