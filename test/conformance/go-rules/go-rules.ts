import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { toolPath } from '../../tools/index.ts';

/** Set these to test other inputs: by default the suite is deterministic. */
export const seed = Number(process.env.GO_RULES_SEED ?? 1);
/** The number of inputs of each kind. */
export const runs = Number(process.env.GO_RULES_RUNS ?? 5_000);

/** The answers of test/tools/go-rules to JSON texts, in order. */
export function askGo(questions: readonly object[]): string[] {
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const { stdout, stderr, status } = spawnSync(toolPath('go-rules'), { input, maxBuffer: 1_073_741_824 });
  expect(status, stderr.toString()).toBe(0);
  return stdout.toString().trimEnd().split('\n');
}

/** One input, and the results of both sides; undefined if it was refused. */
export interface Compared {
  readonly input: string;
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** An accepted difference, with its reason. */
export interface KnownDifference {
  readonly reason: string;
  readonly covers: (compared: Compared) => boolean;
}

/** Expects equal results except for known differences, and prints the number of inputs. */
export function expectAgreement(what: string, compared: readonly Compared[], known: readonly KnownDifference[]): void {
  const different = compared.filter(({ ours, theirs }) => ours !== theirs);
  const unexplained = different.filter((one) => !known.some(({ covers }) => covers(one)));
  const refused = compared.filter(({ theirs }) => theirs === undefined).length;
  const lines = known.map(({ reason, covers }) => `  ${different.filter(covers).length} ${reason}`);
  const counts = `${what}: ${compared.length} compared, ${refused} refused by Go, ${different.length} different`;
  process.stdout.write(`${[`${counts} (seed ${seed})`, ...lines].join('\n')}\n`);
  expect(unexplained.slice(0, 10).map(shortened)).toEqual([]);
  expect(refused, 'inputs that Go reads, and some that it refuses').toBeLessThan(compared.length * 0.95);
}

function shortened({ input, ours, theirs }: Compared): Compared {
  return { input: input.slice(0, 500), ours: ours?.slice(0, 500), theirs: theirs?.slice(0, 500) };
}
