import { isAbsolute, join } from 'node:path';
import { createFunction } from '../../src/function/function.ts';
import { addressOf, loadInputs, printOutput, type RenderOutput, render } from '../../src/render/index.ts';
import { inputs, type RenderCase } from './cases.ts';
import { answerScripted } from './scripted-function.ts';

const run = createFunction();

/** Renders a case within this process: with this function, and the scripted one instead of all others. */
export async function renderCase(example: RenderCase): Promise<RenderOutput> {
  const loaded = await loadInputs(pathsOf(example));
  return render(loaded.inputs, async (functionName, request) => {
    if (functionName.startsWith('function-scripted') || functionName === 'function-older')
      return answerScripted(request);
    // As the command does: this function, or an unknown one.
    addressOf(functionName, loaded.functions);
    return (await run(request)).response;
  });
}

/** Renders a case and prints it with the flags of the case. */
export async function printCase(example: RenderCase): Promise<string> {
  const { fullComposite = false, results = false, context = false } = example;
  return printOutput(await renderCase(example), { fullComposite, results, context });
}

/** The golden file of a case. */
export function goldenFile({ name }: RenderCase): string {
  return `${import.meta.dirname}/golden/${name.replaceAll(' ', '-').toLowerCase()}.yaml`;
}

function pathsOf(example: RenderCase) {
  const absolute = (path: string) => (isAbsolute(path) ? path : join(inputs, path));
  const optional = (path: string | undefined) => path && absolute(path);
  return {
    composite: absolute(example.composite),
    composition: absolute(example.composition),
    functions: undefined,
    definition: optional(example.definition),
    observed: optional(example.observed),
    required: (example.required ?? []).map(absolute),
    credentials: optional(example.credentials),
    contextValues: example.contextValues ?? {},
    contextFiles: Object.fromEntries(
      Object.entries(example.contextFiles ?? {}).map(([key, path]) => [key, absolute(path)]),
    ),
  };
}
