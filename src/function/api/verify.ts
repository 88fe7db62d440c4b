import * as z from 'zod/mini';
import { listOf, objectName, text } from './checks.ts';

const expression = (what: string) =>
  text(512).check(
    z.minLength(1, 'must not be empty'),
    z.describe(`Regular expression (RE2) that must match in ${what}. Put it between ^ and $ to match the whole text.`),
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
    provider: z.optional(z.enum(['cosign']).check(z.describe('Tool that created the signatures. Default cosign.'))),
    secretRef: z.optional(
      secretRef.check(
        z.describe(
          'Secret with public keys in the entries that end with .pub. The artifact must be signed with one of them.',
        ),
      ),
    ),
    matchOIDCIdentity: z.optional(
      listOf(identity, 10).check(
        z.minLength(1, 'must have at least one entry'),
        z.describe(
          'Identities of sigstore certificates for keyless signatures, of which one entry must match. Replaces secretRef.',
        ),
      ),
    ),
    trustedRootSecretRef: z.optional(
      secretRef.check(
        z.describe(
          "Secret with the key trusted_root.json: the certificate authorities and logs to trust, in the format of sigstore's file of that name. Default: packageCache.trustedRoot of the Composition's input.",
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
      error: 'must be omitted without matchOIDCIdentity: keys need no root',
    }),
    z.describe('Verify signatures, and refuse artifacts without a valid one.'),
  );

/** `packageCache.trustedRoot` of the Input. */
export const trustedRoot = z
  .strictObject({
    kind: z._default(
      z
        .enum(['ConfigMap', 'Secret', 'PublicGood'])
        .check(
          z.describe(
            "Kind of the object, or PublicGood for the root of sigstore's public instance, which is built into this version of the function.",
          ),
        ),
      'ConfigMap',
    ),
    name: z.optional(objectName.check(z.describe('Name of the object. Not used for PublicGood.'))),
    namespace: z.optional(objectName.check(z.describe('Namespace of the object. Default: that of the ConfigMaps.'))),
  })
  .check(
    z.refine(({ kind, name }) => kind === 'PublicGood' || name !== undefined, {
      path: ['name'],
      error: 'is required, as the name of the ConfigMap or Secret, unless kind is PublicGood',
    }),
    z.refine(({ kind, name }) => kind !== 'PublicGood' || name === undefined, {
      path: ['name'],
      error: 'must be omitted with kind: PublicGood, which is built in',
    }),
    z.refine(({ kind, namespace }) => kind !== 'PublicGood' || namespace === undefined, {
      path: ['namespace'],
      error: 'must be omitted with kind: PublicGood, which is built in',
    }),
    z.describe(
      'The trusted root of sigstore, with its certificate authorities and logs, for sources without their own: an object with the key trusted_root.json, or PublicGood.',
    ),
  );
