import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { readDirectories } from '../../../src/cache/loader/directories.ts';
import { load, loadMemory } from '../../../src/cache/loader/load.ts';
import type { IsNeeded } from '../../../src/cache/loader/revisions.ts';
import { openTarget } from '../../../src/cache/loader/target/target.ts';
import { entrySet } from '../sets.ts';

/** Makes directories that are removed after the tests of the file. */
export function freshDirectories(): () => string {
  const work = mkdtempSync(join(tmpdir(), 'load-'));
  afterAll(() => rmSync(work, { recursive: true }));
  return () => mkdtempSync(join(work, 'd-'));
}

interface PassOptions {
  readonly maxBytes?: number;
  readonly named?: IsNeeded;
}

export const ownerOf = (directory: string) => `directory ${directory}`;
export const targetOf = (into: string, from: string) => openTarget(into, new Set([ownerOf(from)]));
export const findIn = (from: string) => readDirectories([from], { ownerOf });

/** Does one pass of a loader that has just started. */
export async function pass(from: string, into: string, { maxBytes = 1_000_000, named }: PassOptions = {}) {
  const target = await targetOf(into, from);
  const found = await findIn(from);
  const neededByRevisions = named && (async () => named);
  const summary = await load({ into, target, found, maxBytes, memory: loadMemory(), neededByRevisions });
  return { ...summary, refused: summary.refused.map(({ code }) => code) };
}

export function empty(directory: string): void {
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
}

export const entries = (into: string) => readdirSync(into).filter((name) => !name.startsWith('.'));
export const set = entrySet('cfg');
export const other = entrySet('other');
