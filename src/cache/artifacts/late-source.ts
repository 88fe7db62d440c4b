import type { ArtifactSource } from './source.ts';

/** An {@link ArtifactSource} that has no queues before it is first asked. */
export interface LateSource extends Pick<ArtifactSource, 'get' | 'content' | 'close'> {
  queues(): Partial<ReturnType<ArtifactSource['queues']>>;
}

/** An artifact source that `make` makes when it is first asked: its code takes longer to load than that of most calls. */
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
