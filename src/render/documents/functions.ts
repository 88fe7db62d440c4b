import { RenderError } from '../errors.ts';
import type { PipelineStep } from './composition.ts';
import { nameOf, textAt } from './object.ts';
import { fieldReader, requireKind, type SourceObject } from './source.ts';

/** The fields of a Function that render uses. */
export interface FunctionManifest {
  readonly name: string;
  readonly package: string;
  readonly runtime: string;
  readonly target: string;
}

/** The place where a function runs: this process, or a gRPC target. */
export type FunctionAddress = { readonly kind: 'in-process' } | { readonly kind: 'grpc'; readonly target: string };

/** The name of this function. Steps with this name run in this process. */
export const OWN_NAME = 'function-workload-ecr';

/** True for a step of this function. The package may be installed under another name, but the kind of the input identifies this function. */
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
 * Returns the address of the function that a step names. A function runs in this process if its name is {@link OWN_NAME}, or if its package
 * has that name and its runtime is not Development. All others must have the Development runtime.
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
    `cannot run function ${name}: unsupported runtime ${runtime}; start the function yourself with --insecure, and set the annotations ${RUNTIME}: Development and ${TARGET}: HOST:PORT`,
  );
}

/** Returns the last path component of a package reference, without tag and digest. */
function packageName(reference: string): string {
  const [repository = ''] = (reference.split('/').at(-1) ?? '').split(/[:@]/);
  return repository;
}

function unknownFunction(name: string, functions: readonly FunctionManifest[]): RenderError {
  const known = [OWN_NAME, ...functions.map((manifest) => manifest.name)];
  const list = [...new Set(known)].join(', ');
  return new RenderError(
    'UNKNOWN_FUNCTION',
    `cannot run function ${name}: not found in the functions file, which defines ${list}`,
  );
}
