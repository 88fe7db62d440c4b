import type { Problem } from '../input-error.ts';

/** Splits a path such as `spec.parameters.tags["a b"]` or `input.repositories[0].name`. */
export function parsePath(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? unquoted(quoted) : (name ?? ''),
  );
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

/** Splits a message of the function into its problems, each with its field. */
export function splitMessage(message: string): Problem[] {
  const several = /^\d+ problems: (.*)$/s.exec(message)?.[1];
  const texts = several === undefined ? [message] : several.split(/(?:^|; )\(\d+\) /).slice(1);
  return texts.map((text) => {
    const [, path, rest] = /^((?:spec|input|metadata)[^:\s]*): ([\s\S]*)$/.exec(text) ?? [];
    return path === undefined || rest === undefined ? { path: '', message: text } : { path, message: rest };
  });
}
