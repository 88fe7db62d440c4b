import { plural } from '../model/lifecycle.ts';
import type { Picture } from '../model/picture.ts';

/** Returns a summary of the preview, which screen readers announce. */
export function summaryOf({
  picture,
  problems,
}: {
  readonly picture: Picture | undefined;
  readonly problems: readonly unknown[];
}): string {
  if (problems.length > 0) {
    const shown = picture === undefined ? '' : ' The preview below is of the last valid texts.';
    return `${plural(problems.length, 'problem')}: Crossplane would not change anything.${shown}`;
  }
  if (picture === undefined) return 'Working…';
  const { count, ready } = picture.composed;
  return `${plural(picture.repositories.length, 'repository', 'repositories')}, ${plural(count, 'composed resource')}, ${ready} ready.`;
}
