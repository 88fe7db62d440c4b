import type { PrintOptions, RenderErrorCode, RenderPaths } from '../../src/render/index.ts';
import { functionCases } from './function-cases.ts';

/** The folder of the input files. */
export const inputs = `${import.meta.dirname}/inputs`;

/** One rendering: files under inputs/ and flags. */
export interface RenderCase extends Partial<RenderPaths>, Partial<PrintOptions> {
  readonly name: string;
  readonly composite: string;
  readonly composition: string;
  /** The code of our error, if Crossplane's render fails too. */
  readonly fails?: RenderErrorCode;
  /** A function that only the conformance suite runs. */
  readonly needs?: 'function-auto-ready';
  /** For cases of this function, whose messages may change: the names of the composed resources, instead of a golden file. */
  readonly composes?: readonly string[];
  /** For Crossplane, which accepts no claims: the composite of the claim. */
  readonly compositeOfClaim?: string;
}

const thing = { composite: 'thing.yaml' };

/** Renderings for which our output and Crossplane's are identical. */
export const cases: readonly RenderCase[] = [
  ...functionCases,
  {
    name: 'bound claim',
    composite: 'thing-claim.yaml',
    composition: 'composition-echo.yaml',
    compositeOfClaim: 'thing-claim-composite.yaml',
    definition: 'xrd-legacy.yaml',
    fullComposite: true,
  },
  { name: 'nothing desired', ...thing, composition: 'composition-nothing.yaml', results: true, context: true },
  { name: 'no steps', ...thing, composition: 'composition-empty.yaml', context: true },
  { name: 'request', ...thing, composition: 'composition-echo.yaml' },
  { name: 'scalars', composite: 'thing-scalars.yaml', composition: 'composition-scalars.yaml', fullComposite: true },
  {
    name: 'large numbers',
    composite: 'thing-large-numbers.yaml',
    composition: 'composition-empty.yaml',
    fullComposite: true,
  },
  { name: 'scalars in a request', composite: 'thing-scalars.yaml', composition: 'composition-echo.yaml' },
  { name: 'several steps', ...thing, composition: 'composition-earlier-step.yaml', observed: 'observed-things.yaml' },
  { name: 'kinds of results', ...thing, composition: 'composition-results.yaml', results: true },
  {
    name: 'results for a claim whose object is there',
    composite: 'thing-legacy-secret.yaml',
    composition: 'composition-results.yaml',
    definition: 'xrd-legacy.yaml',
    required: ['thing-claim.yaml'],
    results: true,
  },
  { name: 'fatal', ...thing, composition: 'composition-fatal.yaml', results: true, fails: 'FATAL_RESULT' },
  { name: 'conditions', ...thing, composition: 'composition-conditions.yaml' },
  {
    name: 'conditions over a status',
    composite: 'thing-with-status.yaml',
    composition: 'composition-conditions.yaml',
    fullComposite: true,
    results: true,
  },
  {
    name: 'conditions over one that is ill-typed',
    composite: 'thing-with-ill-typed-condition.yaml',
    composition: 'composition-conditions.yaml',
  },
  {
    name: 'conditions for a claim',
    ...thing,
    composition: 'composition-conditions.yaml',
    definition: 'xrd-legacy.yaml',
    fullComposite: true,
  },
  {
    name: 'settled legacy composite',
    composite: 'thing-legacy-settled.yaml',
    composition: 'composition-settled.yaml',
    definition: 'xrd-legacy.yaml',
    results: true,
  },
  {
    name: 'settled legacy composite with its label',
    composite: 'thing-legacy-settled-labelled.yaml',
    composition: 'composition-settled.yaml',
    definition: 'xrd-legacy.yaml',
    results: true,
  },
  { name: 'ready by function', ...thing, composition: 'composition-ready.yaml', results: true },
  ...[1, 2, 3, 4].map((count) => ({
    name: `${count} unready`,
    ...thing,
    composition: `composition-unready-${count}.yaml`,
    results: true,
  })),
  { name: 'metadata', ...thing, composition: 'composition-metadata.yaml', observed: 'observed-things.yaml' },
  {
    name: 'namespaced',
    composite: 'thing-namespaced.yaml',
    composition: 'composition-metadata.yaml',
    observed: 'observed-namespaced.yaml',
    results: true,
  },
  {
    name: 'namespaced request',
    composite: 'thing-namespaced.yaml',
    composition: 'composition-echo.yaml',
    observed: 'observed-namespaced.yaml',
    definition: 'xrd-namespaced.yaml',
    fullComposite: true,
  },
  {
    name: 'context',
    ...thing,
    composition: 'composition-context.yaml',
    contextFiles: { 'example.org/file': 'context.yaml', both: 'context.yaml' },
    contextValues: { both: '{"from": "value"}', text: 'plain', number: '1.5' },
    context: true,
  },
  { name: 'context not asked for', ...thing, composition: 'composition-context.yaml', contextValues: { a: '[]' } },
  { name: 'context dropped', ...thing, composition: 'composition-no-context.yaml', context: true },
  {
    name: 'required resources',
    ...thing,
    composition: 'composition-required.yaml',
    required: ['required', 'required-cluster.yaml'],
  },
  { name: 'required resources missing', ...thing, composition: 'composition-required.yaml' },
  { name: 'unstable requirements', ...thing, composition: 'composition-unstable.yaml', fails: 'UNSTABLE_REQUIREMENTS' },
  { name: 'credentials', ...thing, composition: 'composition-credentials.yaml', credentials: 'secrets.yaml' },
  { name: 'credentials missing', ...thing, composition: 'composition-credentials.yaml', fails: 'INVALID_OBJECT' },
  {
    name: 'connection details',
    ...thing,
    composition: 'composition-echo.yaml',
    observed: 'observed-things.yaml',
    credentials: 'secrets.yaml',
  },
  {
    name: 'connection details of a legacy composite',
    composite: 'thing-legacy-secret.yaml',
    composition: 'composition-echo.yaml',
    definition: 'xrd-legacy.yaml',
    observed: 'observed-things.yaml',
    required: ['secrets.yaml'],
  },
  {
    name: 'connection secret named by the composition',
    ...thing,
    composition: 'composition-echo-secrets.yaml',
    definition: 'xrd-legacy.yaml',
  },
  { name: 'older protocol', ...thing, composition: 'composition-older-protocol.yaml' },
  {
    name: 'paused',
    composite: 'thing-paused.yaml',
    composition: 'composition-echo.yaml',
    observed: 'observed-things.yaml',
    results: true,
    context: true,
  },
  { name: 'deleted', composite: 'thing-deleted.yaml', composition: 'composition-echo.yaml', results: true },
  {
    name: 'reconcile requested',
    composite: 'thing-requested.yaml',
    composition: 'composition-echo.yaml',
    results: true,
  },
  {
    name: 'defaults',
    composite: 'thing-to-default.yaml',
    composition: 'composition-echo.yaml',
    definition: 'xrd-scopeless.yaml',
    fullComposite: true,
  },
  {
    name: 'defaults of a legacy composite',
    composite: 'thing-with-status.yaml',
    composition: 'composition-echo.yaml',
    definition: 'xrd-legacy.yaml',
    fullComposite: true,
  },
  {
    name: 'XRD of another kind',
    ...thing,
    composition: 'composition-nothing.yaml',
    definition: '../../../examples/claim/xrd.yaml',
    fails: 'INVALID_OBJECT',
  },
  {
    name: 'observed resource of another owner',
    ...thing,
    composition: 'composition-nothing.yaml',
    observed: 'observed-foreign.yaml',
    fails: 'INVALID_OBJECT',
  },
  {
    name: 'observed resource without a name in the composition',
    ...thing,
    composition: 'composition-nothing.yaml',
    observed: 'observed-anonymous.yaml',
    fails: 'INVALID_OBJECT',
  },
  {
    name: 'observed resource of another namespace',
    composite: 'thing-namespaced.yaml',
    composition: 'composition-nothing.yaml',
    observed: 'observed-things.yaml',
    fails: 'INVALID_OBJECT',
  },
  { name: 'bad name', ...thing, composition: 'composition-bad-name.yaml', fails: 'INVALID_COMPOSED' },
  {
    name: 'resource of another owner',
    ...thing,
    composition: 'composition-foreign-owner.yaml',
    fails: 'INVALID_COMPOSED',
  },
  { name: 'unknown function', ...thing, composition: 'composition-unknown-function.yaml', fails: 'UNKNOWN_FUNCTION' },
  { name: 'no pipeline', ...thing, composition: 'composition-no-pipeline.yaml', fails: 'WRONG_COMPOSITION' },
  { name: 'other kind', ...thing, composition: 'composition-other-kind.yaml', fails: 'WRONG_COMPOSITION' },
  {
    name: 'other label',
    composite: 'thing-namespaced.yaml',
    composition: 'composition-other-label.yaml',
    fails: 'WRONG_COMPOSITION',
  },
  { name: 'no Composition', ...thing, composition: 'thing.yaml', fails: 'INVALID_OBJECT' },
  { name: 'missing file', composite: 'nowhere.yaml', composition: 'composition-nothing.yaml', fails: 'UNREADABLE' },
];

/** The arguments of a case for either `render`; its files are relative to inputs/. */
export function argumentsOf(example: RenderCase, functions: string): string[] {
  const { composite, composition, contextFiles = {}, contextValues = {}, required = [] } = example;
  const flags: (readonly [string, string | undefined])[] = [
    ['--xrd', example.definition],
    ['--observed-resources', example.observed],
    ['--function-credentials', example.credentials],
    ...required.map((path) => ['--required-resources', path] as const),
    ...Object.entries(contextFiles).map(([key, path]) => ['--context-files', `${key}=${path}`] as const),
    ...Object.entries(contextValues).map(([key, value]) => ['--context-values', `${key}=${value}`] as const),
  ];
  return [
    composite,
    composition,
    functions,
    ...flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}=${value}`])),
    ...(example.results ? ['-r'] : []),
    ...(example.fullComposite ? ['-x'] : []),
    ...(example.context ? ['-c'] : []),
  ];
}
