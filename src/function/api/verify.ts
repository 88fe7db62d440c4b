import * as z from 'zod/mini';
import { listOf, objectName, text } from './checks.ts';

const expression = (what: string) =>
  text(512).check(
    z.minLength(1, 'must not be empty'),
    z.describe(
      `Regular expression (RE2) that must match in ${what}. Put it between ^ and $ to have the whole compared.`,
    ),
  );

const identity = z.strictObject({
  issuer: expression('the URL of the OIDC issuer'),
  subject: expression('the email address, URI or name of the signer'),
});

const secretRef = z.strictObject({
  name: objectName.check(z.describe('Name of the Secret, in the namespace of the claim.')),
});

/** `verify` of a source, with the fields of Flux's OCIRepository. */
export const verify = z
  .strictObject({
    provider: z.optional(z.enum(['cosign']).check(z.describe('Tool that made the signatures. Default cosign.'))),
    secretRef: z.optional(
      secretRef.check(z.describe('Secret whose keys that end in .pub hold public keys; one must have signed.')),
    ),
    matchOIDCIdentity: z.optional(
      listOf(identity, 10).check(
        z.minLength(1, 'must have an entry'),
        z.describe(
          'Identities that may have signed by a certificate of sigstore, without a key of their own; one entry must match. Takes the place of secretRef.',
        ),
      ),
    ),
    trustedRootSecretRef: z.optional(
      secretRef.check(
        z.describe(
          "Secret whose key trusted_root.json says which certificate authorities and logs count, as sigstore's file of that name does. Default: packageCache.trustedRoot of the Composition's input.",
        ),
      ),
    ),
  })
  .check(
    z.refine(({ secretRef: keys, matchOIDCIdentity }) => (keys === undefined) !== (matchOIDCIdentity === undefined), {
      error: 'must have either secretRef, for keys, or matchOIDCIdentity, for certificates',
    }),
    z.refine(({ matchOIDCIdentity, trustedRootSecretRef }) => matchOIDCIdentity || !trustedRootSecretRef, {
      path: ['trustedRootSecretRef'],
      error: 'must be left out without matchOIDCIdentity: keys need no root',
    }),
    z.describe('Refuse artifacts that are not signed.'),
  );

/** `packageCache.trustedRoot` of the Input. */
export const trustedRoot = z
  .strictObject({
    kind: z._default(
      z
        .enum(['ConfigMap', 'Secret', 'PublicGood'])
        .check(
          z.describe(
            "Kind of the object, or PublicGood for the root of sigstore's public instance that this version of the function has built in.",
          ),
        ),
      'ConfigMap',
    ),
    name: z.optional(objectName.check(z.describe('Name of the object. PublicGood has none.'))),
    namespace: z.optional(objectName.check(z.describe('Namespace of the object. Default: that of the ConfigMaps.'))),
  })
  .check(
    z.refine(({ kind, name }) => kind === 'PublicGood' || name !== undefined, {
      path: ['name'],
      error: 'must be there, for the name of the ConfigMap or Secret; kind: PublicGood needs none',
    }),
    z.refine(({ kind, name }) => kind !== 'PublicGood' || name === undefined, {
      path: ['name'],
      error: 'must be left out with kind: PublicGood, which is built in',
    }),
    z.refine(({ kind, namespace }) => kind !== 'PublicGood' || namespace === undefined, {
      path: ['namespace'],
      error: 'must be left out with kind: PublicGood, which is built in',
    }),
    z.describe(
      'What says which certificate authorities and logs of sigstore count where a source names no root of its own: an object whose key trusted_root.json does, or PublicGood.',
    ),
  );
