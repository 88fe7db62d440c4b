import type { PushOptions, Reference } from '../../oci/index.ts';
import { levelOf, type NoteOptions } from '../output/notes.ts';
import { progressBars } from '../output/progress.ts';
import { missingRepository } from './missing-repository.ts';

/** Runs a push to `target` with progress bars. A repository that does not exist in ECR is reported with the ways to create it. */
export async function withProgress<T>(
  target: Reference,
  options: NoteOptions,
  push: (options: PushOptions) => Promise<T>,
): Promise<T> {
  const isShown = process.stderr.isTTY && ['info', 'debug'].includes(levelOf(options));
  const bars = progressBars(process.stderr, isShown);
  try {
    return await push({ onProgress: bars.update });
  } catch (error) {
    throw missingRepository(target, error) ?? error;
  } finally {
    bars.end();
  }
}
