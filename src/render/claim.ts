import { isYamlObject, type YamlObject } from '../yaml/index.ts';
import { CLAIM_NAME_LABEL, CLAIM_NAMESPACE_LABEL } from './composite.ts';
import type { Definition } from './documents/definition.ts';
import { annotationsOf, labelsOf, nameOf, namespaceOf, textAt } from './documents/object.ts';
import { RenderError } from './errors.ts';
import { generatedName } from './names.ts';

// The fields of a claim's spec that only the claim's controller reads.
const CLAIM_FIELDS: ReadonlySet<string> = new Set([
  'compositionRevisionRef',
  'compositeDeletePolicy',
  'resourceRef',
  'writeConnectionSecretToRef',
]);

/**
 * True when an object is a claim for composites of that kind. The XRD determines this; without an XRD, the composite's kind must be the
 * claim's kind with the prefix X.
 */
export function isClaimFor(object: YamlObject, compositeKind: string, definition: Definition | undefined): boolean {
  const kind = textAt(object, 'kind');
  return kind !== '' && claimKindOf(compositeKind, definition) === kind;
}

/** Returns the kind of the claims for composites of a kind, or undefined if the XRD does not offer claims. */
export function claimKindOf(compositeKind: string, definition: Definition | undefined): string | undefined {
  if (definition?.claimKind !== undefined) return definition.kind === compositeKind ? definition.claimKind : undefined;
  return /^X[A-Z]/.test(compositeKind) ? compositeKind.slice(1) : undefined;
}

/**
 * Returns the composite that Crossplane creates for a claim. Crossplane generates the last five characters of its name at random. Here they
 * are derived from the SHA-256 of the claim's API group, kind, namespace and name, so that the same claim always results in the same
 * composite. For a claim that is bound to a composite (`spec.resourceRef`), the name of that composite is used.
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
    throw new RenderError('INVALID_OBJECT', `cannot render claim ${kind} ${name}: spec is missing`);
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

// Removes entries such as kubectl.kubernetes.io/last-applied-configuration, which concern only the claim.
function withoutKubernetes(entries: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).filter(([key]) => {
      const [prefix = ''] = key.split('/');
      return !prefix.endsWith('kubernetes.io') && !prefix.endsWith('k8s.io');
    }),
  );
}
