import { decodeBase64 } from '../internal/bytes/base64.ts';
import type { JsonObject } from '../json/value.ts';
import type { ResourceSelector } from '../protocol/messages.ts';
import { labelsOf, nameOf, namespaceOf, textAt } from './documents/object.ts';
import { RenderError } from './errors.ts';

/** The objects that a rendering may read, as in a cluster: one for each kind, namespace and name. */
export interface ObjectStore {
  get(apiVersion: string, kind: string, namespace: string, name: string): JsonObject | undefined;
  /** Returns the objects that a selector matches, ordered by namespace and name, or undefined if it names an object that does not exist. */
  select(selector: ResourceSelector): readonly JsonObject[] | undefined;
  /** Returns the decoded data of a Secret, or undefined if it does not exist. */
  secretData(namespace: string, name: string): Readonly<Record<string, Uint8Array>> | undefined;
}

/** Returns a store of objects. The last of those with the same kind, namespace and name replaces the others. */
export function createStore(objects: readonly JsonObject[]): ObjectStore {
  const byIdentity = new Map(objects.map((object) => [identityOf(object), object]));
  const get: ObjectStore['get'] = (...identity) => byIdentity.get(JSON.stringify(identity));
  return {
    get,
    select: (selector) => {
      const { apiVersion, kind, namespace = '', matchName, matchLabels = {} } = selector;
      if (matchName !== undefined) {
        const found = get(apiVersion, kind, namespace, matchName);
        return found && [found];
      }
      const found = [...byIdentity.values()].filter((object) => {
        const labels = labelsOf(object);
        return (
          object.apiVersion === apiVersion &&
          object.kind === kind &&
          (namespace === '' || namespaceOf(object) === namespace) &&
          Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
        );
      });
      return found.sort((a, b) => compareText(`${namespaceOf(a)}/${nameOf(a)}`, `${namespaceOf(b)}/${nameOf(b)}`));
    },
    secretData: (namespace, name) => {
      const secret = get('v1', 'Secret', namespace, name);
      return secret && decodeData(secret);
    },
  };
}

function identityOf(object: JsonObject): string {
  return JSON.stringify([textAt(object, 'apiVersion'), textAt(object, 'kind'), namespaceOf(object), nameOf(object)]);
}

function decodeData(secret: JsonObject): Record<string, Uint8Array> {
  const data = secret.data;
  if (typeof data !== 'object' || data === null) return {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      const bytes = typeof value === 'string' ? decodeBase64(value.replace(/[\r\n]/g, '')) : undefined;
      if (bytes !== undefined) return [key, bytes];
      const where = `Secret ${namespaceOf(secret)}/${nameOf(secret)}`;
      throw new RenderError('INVALID_OBJECT', `cannot read ${where}: data.${key} must be base64`);
    }),
  );
}

/** Compares strings by UTF-16 code units, independently of the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
