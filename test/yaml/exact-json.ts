import { isYamlList, isYamlObject, type YamlValue } from '../../src/yaml/index.ts';

/** Reads JSON with whole numbers beyond 2^53 as bigints. */
export function exactJson(text: string): YamlValue {
  const marked = text.replace(/"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    /^-?\d{16,}$/.test(token) ? `{"$bigint":"${token}"}` : token,
  );
  return JSON.parse(marked, (_, value: YamlValue) => {
    const digits = isYamlObject(value) ? value.$bigint : undefined;
    if (typeof digits !== 'string') return value;
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  });
}

/** Writes JSON with sorted keys, bigints as their digits. */
export function sortedJson(value: YamlValue): string {
  if (isYamlList(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value === 'bigint') return value.toString();
  if (!isYamlObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedJson(value[key] ?? null)}`).join(',')}}`;
}
