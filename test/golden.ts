import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

/** True when this run rewrites golden and generated files instead of comparing with them (`UPDATE_GOLDEN=1 npm test`). */
export const updatesGolden = process.env.UPDATE_GOLDEN === '1';

/** Asserts that the file at `path` (absolute) holds exactly `actual`, or writes it when the run updates golden files. */
export function expectGolden(path: string, actual: string): void {
  if (updatesGolden) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
  }
  expect(actual, `${path} differs; if the change is meant, run: UPDATE_GOLDEN=1 npm test`).toBe(
    readFileSync(path, 'utf8'),
  );
}
