import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'vitest';
import { type Limits, within } from './limits.ts';
import { budgetMs, type Target } from './targets.ts';

/** How a case is written down in test/fuzz/seeds/<target>.json and in the message of a failure: as JSON. */
export interface Form<V> {
  readonly encode: (value: V) => string;
  readonly decode: (json: string) => V;
}

export const text: Form<string> = json();

export const bytes: Form<Buffer> = {
  encode: (value) => JSON.stringify(value.toString('base64')),
  decode: (encoded) => Buffer.from(JSON.parse(encoded), 'base64'),
};

export function json<V>(): Form<V> {
  return { encode: (value) => JSON.stringify(value), decode: (encoded) => JSON.parse(encoded) };
}

/** What is done with generated cases. */
export interface Fuzzing<V, R> {
  readonly form: Form<V>;
  readonly arbitrary: fc.Arbitrary<V>;
  readonly limits?: Limits;
  /** Feeds one case to the code under test. Whatever it returns is held while memory is measured. */
  readonly run: (value: V) => R | Promise<R>;
  /** Judges what `run` returned, and throws when it is wrong. Not measured. */
  readonly check?: (value: V, result: R) => unknown;
}

/** No run comes to so many: the time ends it. */
const ENDLESS = 1_000_000_000;
const GRACE_MS = 120_000;
/** No case waits for anything but itself. */
const LONGEST_MS = 10_000;
/** With FUZZ_COLLECT set, a run goes on after a fault and lists each kind of fault once, with its smallest case. */
const collects = process.env.FUZZ_COLLECT !== undefined;

const seed = seedOf(process.env.FUZZ_SEED);

const rejections: unknown[] = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));

/**
 * Replays the kept cases of a target, then makes up new ones until its time is over. FUZZ_SEED and FUZZ_PATH, which a failure prints,
 * bring its case back. Without FUZZ_SEED the seed comes from the commit: each commit tries other cases, and the same commit the same
 * ones. FUZZ_SEED=random tries others each time.
 */
export function fuzz<V, R>(target: Target, fuzzing: Fuzzing<V, R>): void {
  for (const { name, value } of seedsOf(target)) {
    test(`${target}: ${name}`, () => runOnce(fuzzing, fuzzing.form.decode(JSON.stringify(value))), GRACE_MS);
  }
  const timeMs = budgetMs(target);
  test(`${target}: new cases`, () => explore(target, fuzzing, timeMs), timeMs + GRACE_MS);
}

async function runOnce<V, R>({ run, check, limits = {} }: Fuzzing<V, R>, value: V): Promise<void> {
  const result = await within(limits, () => ended(run(value)));
  await ended(check?.(value, result));
  // Rejections that nobody handles are reported once all promises have settled.
  await new Promise((resolve) => setImmediate(resolve));
  const [unhandled] = rejections.splice(0);
  if (unhandled !== undefined) throw new Error(`unhandled rejection: ${String(unhandled)}`, { cause: unhandled });
}

/** The result of work, which has to come to its end: a promise that never settles would be taken for the end of the time. */
async function ended<T>(work: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it does not end within ${LONGEST_MS} ms`)), LONGEST_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function explore<V, R>(target: Target, fuzzing: Fuzzing<V, R>, timeMs: number): Promise<void> {
  const { arbitrary, form } = fuzzing;
  const faults = new Map<string, string>();
  const property = fc.asyncProperty(arbitrary, async (value) => {
    if (!collects) return runOnce(fuzzing, value);
    await runOnce(fuzzing, value).catch((error: unknown) => {
      const kind = kindOf(error);
      const encoded = form.encode(value);
      if (encoded.length < (faults.get(kind)?.length ?? Number.POSITIVE_INFINITY)) faults.set(kind, encoded);
    });
  });
  const { FUZZ_PATH: path } = process.env;
  const details = await fc.check(property, {
    numRuns: ENDLESS,
    interruptAfterTimeLimit: timeMs,
    markInterruptAsFailure: false,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
  });
  process.stderr.write(`${target}: ${details.numRuns} cases, seed ${details.seed}\n`);
  if (faults.size > 0)
    throw new Error([...faults].map(([kind, value]) => `${kind}\n    ${value.slice(0, 1_000)}`).join('\n'));
  if (!details.failed || details.counterexample === null) return;
  const [value] = details.counterexample;
  const replay = `FUZZ_SEED=${details.seed} FUZZ_PATH=${details.counterexamplePath} npm run test:fuzz -- -t '${target}: new'`;
  const keep = `keep it in test/fuzz/seeds/${target}.json: ${form.encode(value)}`;
  throw new Error(`${String(details.errorInstance)}\nreplay: ${replay}\n${keep}`, { cause: details.errorInstance });
}

/** The seed that was asked for, or one made from the tree of the checked-out commit (0 without git); undefined for a random one. */
function seedOf(wanted: string | undefined): number | undefined {
  if (wanted === 'random') return undefined;
  if (wanted !== undefined) return Number(wanted);
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD^{tree}'], { cwd: import.meta.dirname, encoding: 'utf8' });
  return Number.parseInt(stdout?.slice(0, 8), 16) | 0;
}

function kindOf(error: unknown): string {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return message.replaceAll(/\d+/g, 'N').slice(0, 80);
}

function seedsOf(target: Target): readonly { readonly name: string; readonly value: unknown }[] {
  const file = join(import.meta.dirname, 'seeds', `${target}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}
