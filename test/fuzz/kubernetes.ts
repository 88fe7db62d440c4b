import { isObject, type JsonObject } from '../../src/json/value.ts';
import { objectAt } from '../function/call.ts';

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and .../labels/
const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const DNS_SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const QUALIFIED = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const MAX_SUBDOMAIN = 253;
const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/;
const MAX_ANNOTATIONS_BYTES = 262_144;
const MAX_CONFIG_MAP_BYTES = 1_048_576;

/** What an API server would refuse of an object whatever its kind: names, labels, annotations, the data of a ConfigMap or Secret. */
export function objectProblems(object: JsonObject): string[] {
  const metadata = objectAt(object, 'metadata');
  return [
    ...nameProblems(metadata),
    ...labelProblems(objectAt(metadata, 'labels')),
    ...annotationProblems(objectAt(metadata, 'annotations')),
    ...dataProblems(object),
  ];
}

function nameProblems({ name, namespace }: JsonObject): string[] {
  const problems: string[] = [];
  if (name !== undefined && !isSubdomain(name)) problems.push(`metadata.name ${JSON.stringify(name)}`);
  if (namespace !== undefined && !(typeof namespace === 'string' && DNS_LABEL.test(namespace))) {
    problems.push(`metadata.namespace ${JSON.stringify(namespace)}`);
  }
  return problems;
}

function isSubdomain(name: unknown): boolean {
  return typeof name === 'string' && name.length <= MAX_SUBDOMAIN && DNS_SUBDOMAIN.test(name);
}

function labelProblems(labels: JsonObject): string[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const isValid = typeof value === 'string' && (value === '' || QUALIFIED.test(value));
    return isQualified(key) && isValid ? [] : [`metadata.labels ${key}: ${JSON.stringify(value)}`];
  });
}

function annotationProblems(annotations: JsonObject): string[] {
  const stray = Object.entries(annotations).filter(([key, value]) => !isQualified(key) || typeof value !== 'string');
  const problems = stray.map(([key, value]) => `metadata.annotations ${key}: ${JSON.stringify(value)}`);
  const bytes = Object.entries(annotations).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0);
  return bytes > MAX_ANNOTATIONS_BYTES ? [...problems, `${bytes} bytes of annotations`] : problems;
}

function isQualified(key: string): boolean {
  const slash = key.indexOf('/');
  return QUALIFIED.test(key.slice(slash + 1)) && (slash < 0 || isSubdomain(key.slice(0, slash)));
}

function dataProblems(object: JsonObject): string[] {
  const manifest = objectAt(object, 'spec', 'forProvider').manifest;
  if (isObject(manifest)) return objectProblems(manifest);
  const { data, binaryData } = object;
  const entries = [data, binaryData].filter(isObject).flatMap((one) => Object.entries(one));
  const problems = entries.filter(([key]) => !DATA_KEY.test(key)).map(([key]) => `data key ${JSON.stringify(key)}`);
  const bytes = entries.reduce((sum, [, value]) => sum + Buffer.byteLength(String(value)), 0);
  // base64 is a third longer than what the API server counts.
  return (bytes * 3) / 4 > MAX_CONFIG_MAP_BYTES ? [...problems, `${bytes} bytes of data`] : problems;
}
