import * as z from 'zod/mini';
import { ECR_MODEL } from '../../../aws/ecr-model.ts';
import { quote } from '../../../internal/quote.ts';
import { listOf, text } from '../checks.ts';
import { forms } from '../messages/forms.ts';

const { ImageTagMutabilityExclusionFilters: FILTERS, ImageTagMutabilityExclusionFilterValue: FILTER } =
  ECR_MODEL.shapes;
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html
const MAX_WILDCARDS = 2;

/** The messages for values in the form of ECR, and for booleans. */
const FORMS = forms({
  otherType: (value) => {
    const isMutable = /^mutable/i.test(String(value)) || value === false;
    const isImmutable = /^immutable/i.test(String(value)) || value === true;
    const form =
      isMutable || isImmutable
        ? `{mutability: ${isMutable ? 'Mutable' : 'Immutable'}}`
        : '{mutability: Mutable or Immutable}';
    return `must be an object, not ${quote(value)}; write ${form}`;
  },
});

const filter = text(FILTER.max).check(
  z.regex(new RegExp(FILTER.pattern), 'must be letters, digits, and . _ - *'),
  z.refine((text) => text.split('*').length - 1 <= MAX_WILDCARDS, `must have at most ${MAX_WILDCARDS} wildcards`),
);

/** The mutability of tags, and the exceptions. */
export const imageTags = z
  .strictObject(
    {
      mutability: z
        .enum(['Mutable', 'Immutable'])
        .check(z.describe('Mutable allows a push to move an existing tag to another image; Immutable does not.')),
      except: z.optional(
        listOf(filter, FILTERS.max).check(
          z.minLength(FILTERS.min, 'must have at least one exception, or be omitted'),
          z.describe(
            'Tags to which the opposite applies, such as latest or sha256-*. Cosign signatures require the latter.',
          ),
        ),
      ),
    },
    FORMS,
  )
  .check(z.describe('Mutability of image tags. Default in ECR: Mutable.'));
