import { type BadInput, row, upjet } from './row.ts';

const KEY = 'arn:aws:kms:eu-west-2:123456789012:key/0b8f6f5e-2a34-4c6e-9a53-4d1f0c9b7a21';

export const encryption: readonly BadInput[] = [
  row(
    'a KMS key with AES256',
    'ECR: a key goes with KMS',
    ['encryption.kmsKey'],
    { encryption: { type: 'AES256', kmsKey: KEY } },
    upjet,
  ),
  row(
    'an alias for a key',
    'providers compare texts',
    ['encryption.kmsKey'],
    { encryption: { type: 'KMS', kmsKey: 'alias/ecr' } },
    upjet,
  ),
  row(
    'a key in another region',
    'ECR: key and repository in one region',
    ['encryption.kmsKey'],
    { encryption: { type: 'KMS', kmsKey: KEY.replace('eu-west-2', 'us-east-1') } },
    upjet,
  ),
  row('an unknown type', 'words', ['encryption.type'], { encryption: { type: 'aes256' } }, upjet),
  row('KMS on the classic provider', 'flavors', ['encryption'], { encryption: { type: 'KMS' } }),
];
