import type { PushOptions, Reference } from '../../oci/index.ts';
import { progressBars } from '../output/progress.ts';
import { missingRepository } from './missing-repository.ts';

/** Runs a push to `target` with progress bars. A repository that does not exist in ECR is reported with the ways to create it. */
export async function withProgress<T>(target: Reference, push: (options: PushOptions) => Promise<T>): Promise<T> {
  const bars = progressBars(process.stderr);
  try {
    return await push({ onProgress: bars.update });
  } catch (error) {
    throw missingRepository(target, error) ?? error;
  } finally {
    bars.end();
  }
}
