import fc from 'fast-check';

/** The requests and files that the limits of a case hold for. */
export const MAX_BYTES = 100_000;

/** One change to a sequence. Positions are fractions, so that a change fits sequences of any length. */
type Change<T> =
  | { readonly kind: 'insert'; readonly at: number; readonly piece: T }
  | { readonly kind: 'cut' | 'copy' | 'truncate'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: 'splice'; readonly at: number; readonly other: T };

interface Sequence<T> {
  readonly length: (value: T) => number;
  readonly slice: (value: T, start: number, end?: number) => T;
  readonly join: (...parts: T[]) => T;
}

const BYTES: Sequence<Buffer> = {
  length: (value) => value.length,
  slice: (value, start, end) => value.subarray(start, end),
  join: (...parts) => Buffer.concat(parts),
};

const TEXT: Sequence<string> = {
  length: (value) => value.length,
  slice: (value, start, end) => value.slice(start, end),
  join: (...parts) => parts.join(''),
};

const position = fc.double({ min: 0, max: 1, noNaN: true });
/** Mostly short: what is cut or repeated is a character or a token more often than half of the text. */
const length = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 64 }));
/** Rare and large repetitions find work that grows faster than its input. */
const times = fc.oneof(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1_000, max: MAX_BYTES }));

function change<T>(piece: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<Change<T>> {
  const kind = <K extends string>(value: K) => fc.constant(value);
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: kind('insert'), at: position, piece }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('cut', 'copy', 'truncate'), at: position, length }) },
    { weight: 1, arbitrary: fc.record({ kind: kind('repeat'), at: position, length, times }) },
    { weight: 1, arbitrary: fc.record({ kind: kind('splice'), at: position, other }) },
  );
}

function applied<T>({ length: size, slice, join }: Sequence<T>, value: T, change: Change<T>): T {
  const at = Math.floor(change.at * size(value));
  const head = slice(value, 0, at);
  switch (change.kind) {
    case 'insert':
      return join(head, change.piece, slice(value, at));
    case 'cut':
      return join(head, slice(value, at + change.length));
    case 'copy':
      return join(slice(value, 0, at + change.length), slice(value, at));
    case 'truncate':
      return head;
    case 'splice':
      return join(head, slice(change.other, Math.floor(change.at * size(change.other))));
    case 'repeat': {
      const repeated = slice(value, at, at + change.length);
      const room = Math.max(0, MAX_BYTES - size(value));
      const count = Math.min(change.times, Math.floor(room / Math.max(1, size(repeated))));
      return join(head, ...Array<T>(count + 1).fill(repeated), slice(value, at + change.length));
    }
  }
}

function mutated<T>(sequence: Sequence<T>, valid: fc.Arbitrary<T>, piece: fc.Arbitrary<T>): fc.Arbitrary<T> {
  const changes = fc.array(change(piece, valid), { maxLength: 4 });
  return fc
    .tuple(valid, changes)
    .map(([value, list]) => list.reduce((text, one) => applied(sequence, text, one), value))
    .map((value) => sequence.slice(value, 0, MAX_BYTES));
}

/** Valid bytes with up to four changes, none at all among them, and single bits flipped. */
export function mutatedBytes(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  const buffers = valid.map((bytes) => Buffer.from(bytes));
  const changed = mutated(
    BYTES,
    buffers,
    fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  );
  const flips = fc.array(fc.tuple(position, fc.nat(7)), { maxLength: 3 });
  return fc.tuple(changed, fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, flips)).map(([bytes, flipped]) => {
    const copy = Buffer.from(bytes);
    for (const [at, bit] of flipped) {
      const index = Math.min(copy.length - 1, Math.floor(at * copy.length));
      if (index >= 0) copy[index] = (copy[index] ?? 0) ^ (1 << bit);
    }
    return copy;
  });
}

/** Characters that have tripped programs up: control and bidirectional ones, separators, halves of pairs, things longer than they look. */
const oddCharacter = fc.constantFrom(
  '\0',
  '\t',
  '\n',
  '\r',
  '\x1b[31m',
  '\x7f',
  '\x85',
  '\xa0',
  '\u200b',
  '\u202e',
  '\u2028',
  '\u2066',
  '\ufeff',
  '\ufffe',
  '\ud800',
  '\udc00',
  'İ',
  'ß',
  '😀',
  'e\u0301',
);

/** Valid text with up to four changes; `tokens` are words of its language. */
export function mutatedText(valid: fc.Arbitrary<string>, tokens: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: oddCharacter },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 3 }) },
  );
  return mutated(TEXT, valid, piece);
}

/** Any text at all, odd characters among it. */
export const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(oddCharacter, fc.string({ maxLength: 3 })), { maxLength: 6 })
      .map((parts) => parts.join('')),
  },
);

/** Texts on which an expression that goes back takes quadratic time or worse: one thing over and over, and then another. */
export const pumped = fc
  .tuple(
    fc.constantFrom('/', '-', '.', 'a', 'a-', '0', ' ', '*', '{', '/a', '\\', '\u202e'),
    fc.integer({ min: 1_000, max: 40_000 }),
    fc.constantFrom('', 'x', '!', '\n'),
  )
  .map(([unit, times, end]) => unit.repeat(times / unit.length) + end);
