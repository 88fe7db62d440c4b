/** A scalar as it is written. */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly offset: number;
  /** Empty when the scalar has none. */
  readonly tag: string;
  readonly value: string;
  /** True when the value decides on its type: no quotes and no tag, or the tag `!`. */
  readonly implicit: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly offset: number;
  readonly items: Node[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly offset: number;
  readonly entries: MapEntry[];
}

export interface MapEntry {
  readonly key: Node;
  readonly value: Node;
}

/** A reference to an earlier node, or to one that it is part of. */
export interface AliasNode {
  readonly kind: 'alias';
  readonly offset: number;
  readonly name: string;
  readonly target: Node;
}

/** A part of a document, with the offset in the text at which it begins. Tags of lists and maps do not count and are not kept. */
export type Node = ScalarNode | ListNode | MapNode | AliasNode;
