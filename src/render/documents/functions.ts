import { RenderError } from '../errors.ts';
import type { PipelineStep } from './composition.ts';
import { nameOf, textAt } from './object.ts';
import { fieldReader, requireKind, type SourceObject } from './source.ts';

/** The fields of a Function's manifest that render uses. */
export interface FunctionManifest {
  readonly name: string;
  readonly package: string;
  readonly runtime: string;
  readonly target: string;
}

/** The place where a function runs: this process, or a gRPC target. */
export type FunctionAddress = { readonly kind: 'in-process' } | { readonly kind: 'grpc'; readonly target: string };

/** The name of this function: steps that name it need no other program. */
export const OWN_NAME = 'function-workload-ecr';

/** True for a step of this function. Packages may be installed under other names, but the kind of the input is that of this function. */
export function isOwnStep({ functionName, input }: Pick<PipelineStep, 'functionName' | 'input'>): boolean {
  return functionName === OWN_NAME || String(input?.apiVersion ?? '').startsWith('workload-ecr.fn.crossplane.io/');
}

const RUNTIME = 'render.crossplane.io/runtime';
const TARGET = 'render.crossplane.io/runtime-development-target';
const DEFAULT_TARGET = 'localhost:9443';

/** Reads a Function. Throws INVALID_OBJECT with file, line and column. */
export function parseFunction(source: SourceObject): FunctionManifest {
  requireKind(source, ['pkg.crossplane.io/v1', 'pkg.crossplane.io/v1beta1'], 'Function');
  const annotations = fieldReader(source).field('metadata').field('annotations').texts() ?? {};
  return {
    name: nameOf(source.object),
    package: textAt(source.object, 'spec', 'package'),
    runtime: annotations[RUNTIME] ?? '',
    target: annotations[TARGET] || DEFAULT_TARGET,
  };
}

/**
 * Finds where the function that a step names runs. In this process runs what is called {@link OWN_NAME}, or comes from a package of that
 * name and has no Development runtime; everything else must have that runtime.
 */
export function addressOf(name: string, functions: readonly FunctionManifest[]): FunctionAddress {
  if (name === OWN_NAME) return { kind: 'in-process' };
  const manifest = functions.findLast((candidate) => candidate.name === name);
  if (manifest === undefined) throw unknownFunction(name, functions);
  if (manifest.runtime === 'Development') return { kind: 'grpc', target: manifest.target };
  if (packageName(manifest.package) === OWN_NAME) return { kind: 'in-process' };
  const runtime = manifest.runtime === '' ? 'Docker' : manifest.runtime;
  throw new RenderError(
    'UNSUPPORTED_RUNTIME',
    `cannot run function ${name}: its runtime is ${runtime}; start it by hand (--insecure) and give it the annotations ${RUNTIME}: Development and ${TARGET}: HOST:PORT`,
  );
}

/** The last path part of a package reference, without tag and digest. */
function packageName(reference: string): string {
  const [repository = ''] = (reference.split('/').at(-1) ?? '').split(/[:@]/);
  return repository;
}

function unknownFunction(name: string, functions: readonly FunctionManifest[]): RenderError {
  const known = [OWN_NAME, ...functions.map((manifest) => manifest.name)];
  const list = [...new Set(known)].join(', ');
  return new RenderError(
    'UNKNOWN_FUNCTION',
    `cannot run function ${name}: it is not in the functions file (known are ${list})`,
  );
}
