import { InvalidArgumentError } from 'commander';

type Pairs = Readonly<Record<string, string>>;

/** Returns a parser that collects the pairs of a repeated option. `form` is the form of a pair for errors, such as `key=value`. */
export function addPair(form: string): (pair: string, earlier: Pairs) => Pairs {
  return (pair, earlier) => ({ ...earlier, ...Object.fromEntries([split(pair, form)]) });
}

/** Returns a parser like {@link addPair}, for several pairs that are separated by semicolons; `\;` is a semicolon in a value. */
export function addPairs(form: string): (text: string, earlier: Pairs) => Pairs {
  return (text, earlier) => {
    const pairs = (text.match(/(?:\\.|[^;\\]|\\$)+/gs) ?? ['']).map((pair) => split(pair, form));
    return { ...earlier, ...Object.fromEntries(pairs.map(([key, value]) => [key, value.replaceAll('\\;', ';')])) };
  };
}

/** Splits a pair at the first equals sign; the value may contain more. */
function split(pair: string, form: string): [key: string, value: string] {
  const equals = pair.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError(`It must be ${form}.`);
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
