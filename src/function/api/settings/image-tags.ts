import * as z from 'zod/mini';
import { listOf, text } from '../checks.ts';
import { late } from '../late.ts';

// imageTagMutabilityExclusionFilters of
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html
const MAX_FILTERS = 5;
const MAX_FILTER_LENGTH = 128;
const MAX_WILDCARDS = 2;

const filter = text(MAX_FILTER_LENGTH).check(
  z.regex(/^[A-Za-z0-9._*-]+$/, 'must be letters, digits, and . _ - *'),
  z.refine((text) => text.split('*').length - 1 <= MAX_WILDCARDS, `must have at most ${MAX_WILDCARDS} wildcards`),
);

/** Whether a tag can be moved to another image, and which tags are excepted from that. */
export const imageTags = late(() =>
  z
    .strictObject({
      mutability: z
        .enum(['Mutable', 'Immutable'])
        .check(z.describe('Whether a push may move a tag that exists to another image.')),
      except: z.optional(
        listOf(filter, MAX_FILTERS).check(
          z.minLength(1, 'must have an exception, or be left out'),
          z.describe(
            'Tags for which the opposite holds, such as latest or sha256-*; cosign signatures need the latter.',
          ),
        ),
      ),
    })
    .check(z.describe('Mutability of image tags. ECR: Mutable where nothing is said.')),
);
