import fc from 'fast-check';

/** Characters with which expressions have many possible matches, with or without a sample of a match. */
const UNITS = [
  ' ',
  'a',
  '0',
  '/',
  '.',
  '-',
  '_',
  '\n',
  '"',
  '\\',
  '*',
  ':',
  ',',
  '<',
  '[',
  '{',
  '=',
  '\0',
  'é',
  '1.',
  'a-',
  'a.',
  '\\"',
  '=a',
];
const ENDS = ['', '\u0001'];

/** A text of about the given length: a beginning, a repeated part, and an end that mostly does not match. */
export interface Attack {
  readonly start: string;
  readonly unit: string;
  readonly end: string;
}

/** The texts for which an expression takes longest, if its time is not linear. */
export function attacksOn(expression: RegExp): Attack[] {
  const cuts = samplesOf(expression).flatMap((sample) => {
    const places = Array.from({ length: Math.min(sample.length, 10) }, (_, at) => at);
    return places.flatMap((at) =>
      [1, 2].map((length) => ({ start: sample.slice(0, at), unit: sample.slice(at, at + length) })),
    );
  });
  const own = [...new Set(expression.source)].map((unit) => ({ start: '', unit }));
  const all = [...UNITS.map((unit) => ({ start: '', unit })), ...own, ...cuts].filter(({ unit }) => unit !== '');
  const distinct = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  return distinct.flatMap((one) => ENDS.map((end) => ({ ...one, end })));
}

/** Some texts that an expression matches; none if the generator cannot parse it. */
function samplesOf(expression: RegExp): string[] {
  // The generator does not end for a class with almost no characters.
  if (/\[\^[^\]]*\\u/.test(expression.source)) return [];
  try {
    const arbitrary = fc.stringMatching(expression);
    return fc.sample(arbitrary, { seed: 7, numRuns: 3 });
  } catch {
    return [];
  }
}

/** An attack of about so many characters. */
export function textOf({ start, unit, end }: Attack, length: number): string {
  const room = Math.max(unit.length, length - start.length);
  return start + unit.repeat(Math.ceil(room / unit.length)) + end;
}
