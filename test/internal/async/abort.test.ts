import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { abortWith } from '../../../src/internal/async/abort.ts';
import { startDeadline } from '../../../src/oci/http/cancel.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

describe('abortWith', () => {
  it('aborts with the parent, with its reason', () => {
    const [parent, child] = [new AbortController(), new AbortController()];
    abortWith(parent.signal, child);
    expect(child.signal.aborted).toBe(false);
    parent.abort('stop');
    expect(child.signal.reason).toBe('stop');
  });

  it('aborts at once with a parent that is aborted', () => {
    const child = new AbortController();
    abortWith(AbortSignal.abort('early'), child);
    expect(child.signal.reason).toBe('early');
  });

  it('stops when asked to', () => {
    const [parent, child] = [new AbortController(), new AbortController()];
    abortWith(parent.signal, child)();
    parent.abort();
    expect(child.signal.aborted).toBe(false);
  });
});

describe('startDeadline', () => {
  it.each([
    ['without a parent', undefined],
    ['with a parent', new AbortController().signal],
  ])('comes though garbage is collected meanwhile, %s', async (_, parent) => {
    const { signal } = startDeadline(100, parent);
    for (let round = 0; round < 10 && !signal.aborted; round += 1) {
      await delay(30);
      collectGarbage();
    }
    expect(signal.reason).toHaveProperty('name', 'TimeoutError');
  });

  it('does not come once it was cleared', async () => {
    const { signal, clear } = startDeadline(10);
    clear();
    await delay(50);
    expect(signal.aborted).toBe(false);
  });

  it('aborts with a parent that aborts, with its reason', () => {
    const parent = new AbortController();
    const { signal } = startDeadline(60_000, parent.signal);
    parent.abort('stop');
    expect(signal.reason).toBe('stop');
  });
});
