import { isYamlObject, type YamlObject } from '../yaml/index.ts';
import { CLAIM_NAME_LABEL, CLAIM_NAMESPACE_LABEL } from './composite.ts';
import type { Definition } from './documents/definition.ts';
import { annotationsOf, labelsOf, nameOf, namespaceOf, textAt } from './documents/object.ts';
import { RenderError } from './errors.ts';
import { generatedName } from './names.ts';

// Fields of a claim's spec that only the claim's controller reads.
const CLAIM_FIELDS: ReadonlySet<string> = new Set([
  'compositionRevisionRef',
  'compositeDeletePolicy',
  'resourceRef',
  'writeConnectionSecretToRef',
]);

/**
 * True when an object is a claim for composites of that kind. The XRD decides; without one, the composite's kind must be the claim's with
 * the prefix X.
 */
export function isClaimFor(object: YamlObject, compositeKind: string, definition: Definition | undefined): boolean {
  const kind = textAt(object, 'kind');
  return kind !== '' && claimKindOf(compositeKind, definition) === kind;
}

/** The kind of the claims for composites of a kind; undefined when there are none. */
export function claimKindOf(compositeKind: string, definition: Definition | undefined): string | undefined {
  if (definition?.claimKind !== undefined) return definition.kind === compositeKind ? definition.claimKind : undefined;
  return /^X[A-Z]/.test(compositeKind) ? compositeKind.slice(1) : undefined;
}

/**
 * The composite that Crossplane makes of a claim. Where Crossplane draws the last five characters of its name by chance, here they come
 * from the SHA-256 of the claim's API group, kind, namespace and name, so that the same claim always gives the same composite; a claim
 * that is bound to a composite (`spec.resourceRef`) gives that one's name.
 */
export function compositeOfClaim(claim: YamlObject, compositeKind: string): YamlObject {
  const apiVersion = textAt(claim, 'apiVersion');
  const kind = textAt(claim, 'kind');
  const name = nameOf(claim);
  const namespace = namespaceOf(claim);
  const spec = claim.spec;
  if (name === '' || namespace === '') {
    const missing = name === '' ? 'name' : 'namespace';
    throw new RenderError('INVALID_OBJECT', `cannot render claim ${kind} ${name}: metadata.${missing} is missing`);
  }
  if (!isYamlObject(spec))
    throw new RenderError('INVALID_OBJECT', `cannot render claim ${kind} ${name}: it has no spec`);
  const annotations = withoutKubernetes(annotationsOf(claim));
  const seed = [apiVersion.split('/')[0], kind, namespace, name].join('\n');
  return {
    apiVersion,
    kind: compositeKind,
    metadata: {
      name: textAt(spec, 'resourceRef', 'name') || generatedName(`${name}-`, seed),
      ...(Object.keys(annotations).length > 0 && { annotations }),
      labels: {
        ...withoutKubernetes(labelsOf(claim)),
        [CLAIM_NAME_LABEL]: name,
        [CLAIM_NAMESPACE_LABEL]: namespace,
      },
    },
    spec: {
      ...Object.fromEntries(Object.entries(spec).filter(([field]) => !CLAIM_FIELDS.has(field))),
      claimRef: { apiVersion, kind, namespace, name },
    },
  };
}

// Such as kubectl.kubernetes.io/last-applied-configuration: they are about the claim alone.
function withoutKubernetes(entries: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).filter(([key]) => {
      const [prefix = ''] = key.split('/');
      return !prefix.endsWith('kubernetes.io') && !prefix.endsWith('k8s.io');
    }),
  );
}
