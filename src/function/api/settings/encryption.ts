import * as z from 'zod/mini';
import { ECR_MODEL } from '../../../aws/ecr-model.ts';
import { printable, quote } from '../../../internal/quote.ts';
import { oneOf } from '../../../internal/sentence.ts';
import { text } from '../checks.ts';
import { forms } from '../messages/forms.ts';

const { EncryptionType, KmsKey } = ECR_MODEL.shapes;
const KEY_ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]+$/;

const KEY_ONLY_WITH_KMS = 'must only be set for types KMS and KMS_DSSE; AES256 uses a key of Amazon S3';

const FORMS = forms({
  otherType: (value) => {
    const isKey = typeof value === 'string' && KEY_ARN.test(value);
    const type = EncryptionType.enum.find((one) => one === String(value).toUpperCase());
    const form = isKey ? `{type: KMS, kmsKey: ${printable(value)}}` : `{type: ${type ?? oneOf(EncryptionType.enum)}}`;
    return `must be an object, not ${quote(value)}; write ${form}`;
  },
});

/** The encryption of images at rest. ECR cannot change it after a repository is created. */
export const encryption = z
  .strictObject(
    {
      type: z
        .enum(EncryptionType.enum)
        .check(
          z.describe(
            'AES256 is server-side encryption by Amazon S3, KMS uses a key of AWS KMS, and KMS_DSSE uses such a key in two layers.',
          ),
        ),
      kmsKey: z.optional(
        text(KmsKey.max).check(
          z.regex(
            KEY_ARN,
            'must be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID; ECR returns the ARN, and the provider treats any other text as a change, which ECR cannot make',
          ),
          z.describe('ARN of the KMS key, in the region of the repository. Default: the key that AWS manages for ECR.'),
        ),
      ),
    },
    FORMS,
  )
  .check(
    z.refine(({ type, kmsKey }) => type !== 'AES256' || kmsKey === undefined, {
      path: ['kmsKey'],
      error: KEY_ONLY_WITH_KMS,
    }),
    z.meta({
      'x-kubernetes-validations': [
        { rule: "!has(self.kmsKey) || self.type != 'AES256'", message: `kmsKey ${KEY_ONLY_WITH_KMS}` },
      ],
    }),
    z.describe('Encryption at rest. ECR cannot change it once a repository exists. Default in ECR: AES256.'),
  );

export type Encryption = z.infer<typeof encryption>;

/** Returns the region in the ARN of a KMS key. */
export function regionOfKey(arn: string): string | undefined {
  return KEY_ARN.exec(arn)?.[1];
}
