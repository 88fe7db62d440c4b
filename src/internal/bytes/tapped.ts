/** Yields the chunks of `source`, each after `observer` has received it: a hash, for example, or a limit that throws. */
export async function* tapped(
  source: AsyncIterable<Uint8Array>,
  observer: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    observer.update(chunk);
    yield chunk;
  }
}
