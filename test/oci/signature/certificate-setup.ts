import { type Identity, parseDigest } from '../../../src/oci/index.ts';
import { judgeBundle } from '../../../src/oci/signature/bundle.ts';
import { certificateJudge } from '../../../src/oci/signature/certificate.ts';
import { judgePayload } from '../../../src/oci/signature/legacy.ts';
import { HOLDER, newInstance, SIGNED_AT, type Signing, signPayload, trustedRootOf } from '../sigstore/instance.ts';

export const D = parseDigest(`sha256:${'ab'.repeat(32)}`);
export const OTHER_D = parseDigest(`sha256:${'cd'.repeat(32)}`);
export const statementAbout = (digest: string) =>
  Buffer.from(
    `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${digest.slice(7)}"}}],` +
      '"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}',
  );
export const payloadAbout = (digest: string) =>
  Buffer.from(`{"critical":{"identity":{},"image":{"docker-manifest-digest":"${digest}"},"type":"x"},"optional":null}`);

export const instance = newInstance();
export const foreign = newInstance();
export const trusted = trustedRootOf(instance);
export const identities: Identity[] = [{ issuer: '^https://issuer\\.test$', subject: '^https://git\\.test/acme/' }];
export const judgeOf = (who = identities, root: object = trusted) => certificateJudge(who, JSON.stringify(root));
export const later = (minutes: number) => new Date(SIGNED_AT.getTime() + minutes * 60_000);

export const ofBundle = async (bundle: object, who?: Identity[], root?: object) =>
  judgeBundle(Buffer.from(JSON.stringify(bundle)), D, await judgeOf(who, root));
export const ofPayload = async (signing: Signing, who?: Identity[], root?: object) => {
  const payload = payloadAbout(D);
  return judgePayload(payload, { annotations: signPayload(instance, payload, signing) }, D, await judgeOf(who, root));
};
export const verified = { kind: 'verified', signer: `${HOLDER.subject} of ${HOLDER.issuer}` };
