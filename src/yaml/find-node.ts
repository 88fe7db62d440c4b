import type { Node } from './parser/node.ts';

/** Returns the offset of the value at a path (of its key, in an object), or of its nearest existing parent. */
export function findOffset(root: Node | undefined, path: readonly (string | number)[]): number {
  let node = root;
  let offset = root?.offset ?? 0;
  for (const step of path) {
    const child = childAt(node, step);
    if (child === undefined) break;
    offset = child.offset;
    node = child.node;
  }
  return offset;
}

function childAt(node: Node | undefined, step: string | number): { node: Node; offset: number } | undefined {
  if (node?.kind === 'list' && typeof step === 'number') {
    const item = node.items[step];
    return item === undefined ? undefined : { node: item, offset: item.offset };
  }
  if (node?.kind !== 'map') return undefined;
  const entry = node.entries.findLast(({ key }) => key.kind === 'scalar' && key.value === String(step));
  return entry === undefined ? undefined : { node: entry.value, offset: entry.key.offset };
}

/** Returns an unquoted scalar at a path as it is written, or undefined. */
export function plainScalarAt(root: Node | undefined, path: readonly (string | number)[]): string | undefined {
  let node = root;
  for (const step of path) node = childAt(node, step)?.node;
  return node?.kind === 'scalar' && node.implicit ? node.value : undefined;
}

/** A duplicate key of an object, and the offsets of both keys. */
export interface Duplicate {
  readonly key: string;
  readonly offset: number;
  readonly earlier: number;
}

/** Returns the keys that occur earlier in the same object, in the order of the text. Merge keys are ignored. */
export function findDuplicates(root: Node | undefined): Duplicate[] {
  const found: Duplicate[] = [];
  const visit = (node: Node): void => {
    if (node.kind === 'list') for (const item of node.items) visit(item);
    if (node.kind !== 'map') return;
    const offsets = new Map<string, number>();
    for (const { key, value } of node.entries) {
      if (key.kind === 'scalar' && key.value !== '<<') {
        const earlier = offsets.get(key.value);
        if (earlier !== undefined) found.push({ key: key.value, offset: key.offset, earlier });
        offsets.set(key.value, key.offset);
      }
      visit(value);
    }
  };
  if (root !== undefined) visit(root);
  return found;
}
