import { describe, expect, test } from 'vitest';
import { placeAt } from '../../../src/preview/model/yaml-path.ts';

/** The path at the mark `|` in a text. */
function at(text: string) {
  const line = text.slice(0, text.indexOf('|')).split('\n').length - 1;
  const lines = text.replace('|', '').split('\n');
  const column = text.split('\n')[line]?.indexOf('|') ?? 0;
  const { path, key, siblings } = placeAt(lines, line, column);
  return { path: path.join('.'), key, siblings: siblings.join(' ') };
}

describe('the path at the cursor', () => {
  for (const { name, text, want } of [
    { name: 'the top', text: '|', want: { path: '', key: undefined, siblings: '' } },
    { name: 'a name', text: 'spec:\n  a: 1\n  |\n  b: 2', want: { path: 'spec', key: undefined, siblings: 'a b' } },
    { name: 'a partial name', text: 'spec:\n  a: 1\n  sc|', want: { path: 'spec', key: undefined, siblings: 'a' } },
    { name: 'a value', text: 'spec:\n  deletion: |', want: { path: 'spec', key: 'deletion', siblings: '' } },
    { name: 'an item', text: 'l:\n  - name: x\n    |', want: { path: 'l.0', key: undefined, siblings: 'name' } },
    { name: 'a later item', text: 'l:\n  - name: x\n  - n|', want: { path: 'l.0', key: undefined, siblings: '' } },
    {
      name: 'a list at the indentation of its key',
      text: 'l:\n- a: 1\n  b: |',
      want: { path: 'l.0', key: 'b', siblings: 'a' },
    },
    { name: 'below an item', text: 'l:\n  - a:\n      b: |', want: { path: 'l.0.a', key: 'b', siblings: '' } },
    {
      name: 'after a nested object',
      text: 'a:\n  b:\n    c: 1\n  |',
      want: { path: 'a', key: undefined, siblings: 'b' },
    },
    { name: 'another document', text: 'a:\n  b: 1\n---\n|', want: { path: '', key: undefined, siblings: '' } },
    { name: 'after comments', text: 'a:\n  # b:\n  |', want: { path: 'a', key: undefined, siblings: '' } },
  ]) {
    test(name, () => expect(at(text)).toEqual(want));
  }
});
