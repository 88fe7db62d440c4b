/** A scalar as written. */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly offset: number;
  /** Empty if the scalar has no tag. */
  readonly tag: string;
  readonly value: string;
  /** True when the value determines its type: no quotes and no tag, or the tag `!`. */
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
  readonly entries: MappingEntry[];
}

export interface MappingEntry {
  readonly key: Node;
  readonly value: Node;
}

/** A reference to an earlier node, or to a node that contains it. */
export interface AliasNode {
  readonly kind: 'alias';
  readonly offset: number;
  readonly name: string;
  readonly target: Node;
}

/** A part of a document, with the offset in the text at which it begins. Tags of lists and maps have no effect and are dropped. */
export type Node = ScalarNode | ListNode | MapNode | AliasNode;
