import * as z from 'zod';

// imageTagMutabilityExclusionFilters of
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html
const MAX_FILTERS = 5;
const MAX_FILTER_LENGTH = 128;
const MAX_WILDCARDS = 2;

const filter = z
  .string()
  .regex(/^[A-Za-z0-9._*-]+$/, 'must be letters, digits, and . _ - *')
  .max(MAX_FILTER_LENGTH, `must be at most ${MAX_FILTER_LENGTH} characters`)
  .refine((text) => text.split('*').length - 1 <= MAX_WILDCARDS, `must have at most ${MAX_WILDCARDS} wildcards`);

/** Whether a tag can be moved to another image, and which tags are excepted from that. */
export const imageTags = z
  .strictObject({
    mutability: z
      .enum(['Mutable', 'Immutable'])
      .describe('Whether a push may move a tag that exists to another image.'),
    except: z
      .array(filter)
      .min(1, 'must have an exception, or be left out')
      .max(MAX_FILTERS, `must be at most ${MAX_FILTERS} exceptions`)
      .optional()
      .describe('Tags for which the opposite holds, such as latest or sha256-*; cosign signatures need the latter.'),
  })
  .describe('Mutability of image tags. ECR: Mutable where nothing is said.');

export type ImageTags = z.infer<typeof imageTags>;
