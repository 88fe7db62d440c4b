import type { ArtifactSource } from './source.ts';

/** An {@link ArtifactSource} that has no queues before its first use. */
export interface LateSource extends Pick<ArtifactSource, 'get' | 'content' | 'close'> {
  queues(): Partial<ReturnType<ArtifactSource['queues']>>;
}

/** Returns an artifact source that `make` creates on first use: loading its code takes longer than most calls. */
export function lateSource(make: () => Promise<ArtifactSource>): LateSource {
  let made: Promise<ArtifactSource> | undefined;
  let ready: ArtifactSource | undefined;
  const source = () => {
    made ??= make().then((created) => {
      ready = created;
      return created;
    });
    return made;
  };
  return {
    get: async (...asked) => (await source()).get(...asked),
    content: async (...asked) => (await source()).content(...asked),
    queues: () => ready?.queues() ?? {},
    close: async () => (await made)?.close(),
  };
}
