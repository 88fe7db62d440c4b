import type { Json, JsonObject } from '../../../src/json/value.ts';

// The parts of lifecycle policies, and the pages of AWS about them.

export const PROPERTIES = 'lifecycle_policy_parameters.html';
export const EXAMPLES = 'lifecycle_policy_examples.html';
export const ARCHIVE = 'archive-image.html';

export const pushed = (countNumber: number) => ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber });
export const pulled = (countNumber: number) => ({ countType: 'sinceImagePulled', countUnit: 'days', countNumber });
export const archived = (countNumber: number) => ({
  storageClass: 'archive',
  countType: 'sinceImageTransitioned',
  countUnit: 'days',
  countNumber,
});
export const moreThan = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber });
export const EXPIRE = { type: 'expire' };
export const TRANSITION = { type: 'transition', targetStorageClass: 'archive' };

export function rule(rulePriority: number, selection: JsonObject, action: JsonObject = EXPIRE, description?: string) {
  return { rulePriority, ...(description === undefined ? {} : { description }), selection, action };
}

export const rules = (...list: Json[]): JsonObject => ({ rules: list });
export const prefixes = (...tagPrefixList: string[]) => ({ tagStatus: 'tagged', tagPrefixList });
export const patterns = (...tagPatternList: string[]) => ({ tagStatus: 'tagged', tagPatternList });
export const untagged = { tagStatus: 'untagged' };
export const any = { tagStatus: 'any' };
