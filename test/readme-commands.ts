import { readFileSync } from 'node:fs';

/** The root of the repository. */
export const ROOT = `${import.meta.dirname}/..`;

/** The README's text. */
export const README = readFileSync(`${ROOT}/README.md`, 'utf8');

/** The commands in the README's blocks of shell, each on one line, without comments. */
export function shellCommands(page = README): string[] {
  const blocks = [...page.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, text = '']) => text);
  return blocks.flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.replace(/\s+#\s.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}
