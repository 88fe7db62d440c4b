import type { RenderCase } from './cases.ts';

const ours = { composite: 'xr.yaml' };

/** Renderings with this function. */
export const functionCases: readonly RenderCase[] = [
  { name: 'fresh', composes: ['bundlerepo', 'imagerepo'], ...ours, composition: 'composition-repositories.yaml' },
  {
    name: 'results',
    composes: ['bundlerepo', 'imagerepo'],
    ...ours,
    composition: 'composition-repositories.yaml',
    results: true,
  },
  {
    name: 'full composite',
    composes: ['bundlerepo', 'imagerepo'],
    ...ours,
    composition: 'composition-repositories.yaml',
    fullComposite: true,
  },
  {
    name: 'partly observed',
    composes: ['bundlerepo', 'imagerepo'],
    ...ours,
    composition: 'composition-repositories.yaml',
    observed: 'observed-image.yaml',
  },
  {
    name: 'all ready',
    composes: ['bundlerepo', 'imagerepo'],
    ...ours,
    composition: 'composition-repositories.yaml',
    observed: 'observed-both',
  },
  {
    name: 'failed',
    composes: ['bundlerepo', 'imagerepo'],
    ...ours,
    composition: 'composition-repositories.yaml',
    observed: 'observed-failed.yaml',
    results: true,
  },
  {
    name: 'repository dropped',
    composes: ['imagerepo'],
    ...ours,
    composition: 'composition-image-only.yaml',
    observed: 'observed-both',
  },
  { name: 'bad input', ...ours, composition: 'composition-bad-input.yaml', fails: 'FATAL_RESULT' },
  {
    name: 'bad parameter',
    composite: 'xr-wrong-region.yaml',
    composition: 'composition-repositories.yaml',
    fails: 'FATAL_RESULT',
  },
  {
    name: 'name of another composite',
    ...ours,
    composition: 'composition-repositories.yaml',
    required: ['repository-of-another.yaml'],
    fails: 'FATAL_RESULT',
  },
  {
    name: 'long name',
    composes: ['bundlerepo', 'imagerepo'],
    composite: 'xr-long-name.yaml',
    composition: 'composition-repositories.yaml',
  },
  {
    name: 'between steps',
    composes: ['bundlerepo', 'config', 'imagerepo'],
    ...ours,
    composition: 'composition-between-steps.yaml',
    observed: 'observed-image.yaml',
    results: true,
    context: true,
  },
  {
    name: 'auto-ready',
    ...ours,
    composition: 'composition-auto-ready.yaml',
    observed: 'observed-both',
    results: true,
    needs: 'function-auto-ready',
  },
  {
    name: 'claim',
    composes: ['bundlerepo', 'imagerepo'],
    composite: '../../../examples/claim/claim.yaml',
    composition: '../../../examples/claim/composition.yaml',
    compositeOfClaim: 'claim-composite.yaml',
    definition: '../../../examples/claim/xrd.yaml',
    fullComposite: true,
    results: true,
  },
];
