import { base64Text } from '../../internal/bytes/bytes.ts';
import { quote } from '../../internal/quote.ts';
import { CacheError } from '../errors.ts';
import type { Chunk, ChunkSet } from './chunks.ts';
import { isSetName } from './chunks.ts';

/** The prefix of the labels and annotations of this program. */
export const DOMAIN = 'workload-ecr.fn.crossplane.io';

/** The labels of a ConfigMap with a chunk. */
export const LABELS = {
  /** The name of the set; its presence marks a ConfigMap as part of the package cache. */
  set: `${DOMAIN}/cache-set`,
  index: `${DOMAIN}/cache-index`,
  count: `${DOMAIN}/cache-count`,
} as const;

/** Selects every ConfigMap of the package cache. */
export const DEFAULT_SELECTOR = LABELS.set;

/** The annotation with the revision of the content, such as `v1.2.0@sha256:…`. */
export const REVISION_ANNOTATION = `${DOMAIN}/cache-revision`;
/** The annotation with the source of a packed package, such as `registry.example.com/acme/cfg`. */
export const SOURCE_ANNOTATION = `${DOMAIN}/cache-source`;

/** A ConfigMap with a chunk. */
export type ConfigMap = {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly immutable: true;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
};

/** Metadata of the ConfigMaps of a set. */
export interface ConfigMapOptions {
  readonly namespace?: string | undefined;
  /** Additional labels. Those that the loader needs take precedence. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly revision?: string | undefined;
  readonly source?: string | undefined;
}

/** Returns the name of the ConfigMap with the chunk at `index`. */
export function configMapName(set: string, index: number): string {
  return `${set}-${index}`;
}

/** Returns the ConfigMap for a chunk. The same chunk and options give the same object, with keys in the same order. */
export function toConfigMap(set: ChunkSet, chunk: Chunk, options: ConfigMapOptions = {}): ConfigMap {
  const { bytes, manifest } = chunk;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: configMapMetadata({ set: set.name, index: chunk.index, count: set.chunks.length }, options),
    immutable: true,
    ...(manifest === undefined ? {} : { data: { [manifest.file]: manifest.text } }),
    binaryData: {
      [chunk.file]: base64Text(bytes),
    },
  };
}

/** The part of a set that a ConfigMap contains. */
export interface ChunkPosition {
  readonly set: string;
  readonly index: number;
  readonly count: number;
}

/** Returns the metadata of the ConfigMap at a position of a set. */
export function configMapMetadata(position: ChunkPosition, options: ConfigMapOptions): ConfigMap['metadata'] {
  const { namespace, labels = {}, revision, source } = options;
  const annotations = {
    ...(revision === undefined ? {} : { [REVISION_ANNOTATION]: revision }),
    ...(source === undefined ? {} : { [SOURCE_ANNOTATION]: source }),
  };
  const own = {
    [LABELS.set]: position.set,
    [LABELS.index]: String(position.index),
    [LABELS.count]: String(position.count),
  };
  return {
    name: configMapName(position.set, position.index),
    ...(namespace === undefined ? {} : { namespace }),
    labels: Object.fromEntries(Object.entries({ ...labels, ...own }).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** Reads the position from a ConfigMap's labels; `where` is for the message. Throws `INVALID_MEMBER`. */
export function readChunkPosition(labels: Readonly<Record<string, unknown>>, where: string): ChunkPosition {
  const set = labels[LABELS.set];
  if (typeof set !== 'string' || !isSetName(set)) throw badLabel(where, LABELS.set, set);
  const count = readNumber(labels, LABELS.count, where);
  const index = readNumber(labels, LABELS.index, where);
  if (count < 1) throw badLabel(where, LABELS.count, count);
  if (index >= count) throw badLabel(where, LABELS.index, index);
  return { set, index, count };
}

function readNumber(labels: Readonly<Record<string, unknown>>, label: string, where: string): number {
  const text = labels[label];
  if (typeof text === 'string' && /^(0|[1-9][0-9]{0,4})$/.test(text)) return Number(text);
  throw badLabel(where, label, text);
}

function badLabel(where: string, label: string, value: unknown): CacheError {
  return new CacheError(
    'INVALID_MEMBER',
    `cannot use the ConfigMap ${where}: its label ${label} is ${value === undefined ? 'missing' : quote(value)}`,
  );
}
