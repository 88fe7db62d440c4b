import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseYaml } from '../../../src/yaml/index.ts';
import { argumentsOf, cases, inputs } from '../../render/cases.ts';
import { goldenFile } from '../../render/rendering.ts';
import { answerScripted } from '../../render/scripted-function.ts';
import { toolPath } from '../../tools/index.ts';
import { type Ended, freePort, type RunningFunction, runProgram, serveFunction, startFunction } from './programs.ts';

const main = `${import.meta.dirname}/../../../dist/main.js`;
const crossplane = toolPath('crossplane');
const core = toolPath('crossplane-v2.3.4');

let folder: string;
let functionsFile: string;
const running: RunningFunction[] = [];

beforeAll(async () => {
  if (!existsSync(main)) throw new Error(`cannot find ${main}: build it with: npm run build`);
  folder = await mkdtemp(join(tmpdir(), 'render-conformance-'));
  const httpPort = await freePort();
  const functions = {
    'function-workload-ecr': startFunction(process.execPath, (address) => [
      ...[main, 'serve', '--insecure', '--address', address, '--http-address', `127.0.0.1:${httpPort}`],
    ]),
    'function-auto-ready': startFunction(toolPath('function-auto-ready'), (address) => [
      ...['--insecure', '--address', address],
    ]),
    'function-scripted': serveFunction('v1', answerScripted),
    'function-older': serveFunction('v1beta1', answerScripted),
  };
  const manifests = await Promise.all(
    Object.entries(functions).map(async ([name, starting]) => {
      const started = await starting;
      running.push(started);
      return functionManifest(name, started.address);
    }),
  );
  functionsFile = join(folder, 'functions.yaml');
  await writeFile(functionsFile, manifests.join('---\n'));
});

afterAll(async () => {
  await Promise.all(running.map((started) => started.stop()));
  await rm(folder, { recursive: true, force: true });
});

describe("render prints the same as Crossplane's render", () => {
  for (const example of cases) {
    test(example.name, async () => {
      const composite = example.compositeOfClaim ?? example.composite;
      const [theirs, ours] = await Promise.all([
        renderTheirs(argumentsOf({ ...example, composite }, functionsFile)),
        runProgram(process.execPath, [main, 'render', ...argumentsOf(example, functionsFile)], inputs),
      ]);
      if (example.fails) {
        expect(ours.stdout, 'nothing is printed on failure').toBe('');
        expect(theirs.code, `Crossplane fails as well:\n${theirs.stderr}`).not.toBe(0);
        expect(ours.code).toBe(1);
        expect(ours.stderr, 'one line says why').toMatch(/^[^\n]+\n$/);
        return;
      }
      expect(theirs.code, theirs.stderr).toBe(0);
      expect(ours.code, ours.stderr).toBe(0);
      expect(ours.stdout).toBe(inSteadyOrder(theirs.stdout));
      if (!example.needs && !example.composes)
        expect(readFileSync(goldenFile(example), 'utf8'), 'the golden file').toBe(ours.stdout);
    });
  }
});

test('the composite of a claim equals that of crossplane xr generate', async () => {
  const claim = '../../../examples/claim/claim.yaml';
  const file = join(inputs, 'claim-composite.yaml');
  const [composite] = parseYaml(readFileSync(file, 'utf8'), file).filter(({ empty }) => !empty);
  const name = Reflect.get(Object(Reflect.get(Object(composite?.value), 'metadata')), 'name');
  const generated = await runProgram(crossplane, ['xr', 'generate', claim, '--name', String(name)], inputs);
  expect(generated.code, generated.stderr).toBe(0);
  expect(parseYaml(generated.stdout, 'generated')[0]?.value).toEqual(composite?.value);
});

function renderTheirs(args: readonly string[]): Promise<Ended> {
  return runProgram(crossplane, ['composition', 'render', ...args, `--crossplane-binary=${core}`], inputs);
}

/**
 * Crossplane processes desired resources in an order that changes from run to run, as does the order of the events about
 * them: these are sorted. Nothing else is changed.
 */
function inSteadyOrder(output: string): string {
  const documents = output.split(/^---\n/m);
  const kindOf = (document: string | undefined) =>
    /^message: .*(is not yet ready|, using XR namespace )/ms.exec(document ?? '')?.[1];
  const ordered: string[] = [];
  while (ordered.length < documents.length) {
    const start = ordered.length;
    const kind = kindOf(documents[start]);
    let end = start + 1;
    while (kind !== undefined && kindOf(documents[end]) === kind) end++;
    ordered.push(...documents.slice(start, end).sort());
  }
  return ordered.join('---\n');
}

function functionManifest(name: string, address: string): string {
  return `apiVersion: pkg.crossplane.io/v1
kind: Function
metadata:
  name: ${name}
  annotations:
    render.crossplane.io/runtime: Development
    render.crossplane.io/runtime-development-target: ${address}
spec:
  package: registry.example.org/${name}:v1
`;
}
