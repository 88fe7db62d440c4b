import type { ArtifactSource } from './source.ts';

/** An artifact source that `make` makes when it is first asked: its code takes longer to load than that of most calls. */
export function lateSource(make: () => Promise<ArtifactSource>): Pick<ArtifactSource, 'get' | 'content' | 'close'> {
  let made: Promise<ArtifactSource> | undefined;
  const source = () => {
    made ??= make();
    return made;
  };
  return {
    get: async (...asked) => (await source()).get(...asked),
    content: async (...asked) => (await source()).content(...asked),
    close: async () => (await made)?.close(),
  };
}
