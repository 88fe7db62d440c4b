const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
/** Go counts nanoseconds in 63 bits. */
const MAX_SECONDS = 9_223_372_036;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/y;

/** Parses a duration such as `90s`, `1h30m` or `500ms` (as Go's time.ParseDuration, without signs) into seconds; undefined for other text. */
export function parseDuration(text: string): number | undefined {
  let seconds = 0;
  let at = 0;
  do {
    PART.lastIndex = at;
    const [part, number, unit = ''] = PART.exec(text) ?? [];
    if (part === undefined) return undefined;
    seconds += Number(number) * (UNITS[unit] ?? 0);
    at += part.length;
  } while (at < text.length);
  return seconds > MAX_SECONDS ? undefined : seconds;
}
