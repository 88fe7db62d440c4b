/** A registry's demand for credentials (RFC 9110, 11.6.1; distribution's token specification). */
export type Challenge =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const SPACE = /[\s,]*/y;
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;

/** Parses a WWW-Authenticate header. Returns its first Basic or Bearer challenge, or undefined if it has none. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  for (const { scheme, parameters } of splitChallenges((header ?? '').slice(0, MAX_HEADER))) {
    if (scheme === 'basic') return { kind: 'basic' };
    const realm = parameters.get('realm');
    if (scheme === 'bearer' && realm !== undefined) return bearer(realm, parameters);
  }
  return undefined;
}

const MAX_HEADER = 8 * 1024;

function bearer(realm: string, parameters: ReadonlyMap<string, string>): Challenge {
  const service = parameters.get('service');
  const scope = parameters.get('scope');
  return {
    kind: 'bearer',
    realm,
    ...(service === undefined ? {} : { service }),
    ...(scope === undefined ? {} : { scope }),
  };
}

function* splitChallenges(header: string): Generator<{ scheme: string; parameters: Map<string, string> }> {
  let position = skip(SPACE, header, 0);
  while (position < header.length) {
    const scheme = match(TOKEN, header, position);
    if (scheme === null) return;
    position = skip(SPACE, header, position + scheme[0].length);
    const parameters = new Map<string, string>();
    for (let found = match(PARAMETER, header, position); found !== null; found = match(PARAMETER, header, position)) {
      parameters.set((found[1] ?? '').toLowerCase(), found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '');
      position = skip(SPACE, header, position + found[0].length);
    }
    yield { scheme: scheme[0].toLowerCase(), parameters };
  }
}

function match(expression: RegExp, text: string, position: number): RegExpExecArray | null {
  expression.lastIndex = position;
  return expression.exec(text);
}

function skip(expression: RegExp, text: string, position: number): number {
  return position + (match(expression, text, position)?.[0].length ?? 0);
}
