import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { yamlStream } from '../../fuzz/yaml-streams.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Characters and words of YAML. Only a few letters, so that keys, anchors and indentations coincide. */
const PIECES = [
  ...[
    'a',
    'b',
    'a: ',
    'b:',
    ': ',
    ':',
    '- ',
    '-',
    '? ',
    '?',
    ' ',
    '  ',
    '   ',
    '    ',
    '\t',
    '\n',
    '\n',
    '\n',
    '\n  ',
    '\n    ',
    '\n\n',
  ],
  ...[
    '\r',
    '\r\n',
    '"',
    "'",
    "''",
    '\\',
    '\\n',
    '\\/',
    "\\'",
    '\\x41',
    '\\u00e9',
    '\\ud83d',
    '\\U0001F600',
    '\\\n',
    '#',
    ' #',
    '# c\n',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    ',',
    ', ',
    '&a ',
    '*a',
    '&b',
    '*b ',
    '!',
    '! ',
    '!!',
    '!!str ',
    '!!int ',
    '!!float ',
    '!!binary ',
    '!!null ',
  ],
  ...[
    '!<x> ',
    '!<tag:yaml.org,2002:str> ',
    '!e!x ',
    '!%41 ',
    '%',
    '%YAML 1.1\n',
    '%YAML 1.2\n',
    '%TAG ! !x\n',
    '%TAG !e! tag:e,2000:\n',
    '%X\n',
  ],
  ...[
    '---\n',
    '--- ',
    '---',
    '...\n',
    '... ',
    '|\n',
    '|-\n',
    '|2-\n',
    '|+1\n',
    '>\n',
    '>+\n',
    '>2\n',
    '|',
    '>',
    '@',
    '`',
    '~',
    '<<: ',
    '<<',
  ],
  ...[
    '1',
    '-1',
    '0x1F',
    '010',
    '0b1',
    '1_0',
    '1e3',
    '.5',
    '1.',
    '.inf',
    '-.INF',
    '.nan',
    'yes',
    'n',
    'Null',
    '2020-01-01',
    '12:30',
    '1e400',
  ],
  ...[
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551616',
    '-9223372036854775809',
    'YQ==',
    'YR==',
    '4oI=',
  ],
  ...['\ufeff', '\u0085', '\u2028', '\u2029', '\u00a0', 'é', '😀', '\u007f', '\u0007', '\ud7ff', '\ufffd'],
] as const;

/** Random sequences of parts. */
const soup = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 14 }).map((pieces) => pieces.join(''));

/** Files of the repository, shortened so that each change has an effect. */
const files = ['examples', 'package', '.github', 'test/xpkg/fixtures']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, folder, file)),
  )
  .filter((file) => /\.ya?ml$/.test(file) && !file.includes('node_modules'))
  .map((file) => readFileSync(file, 'utf8').slice(0, 2_000));

const changes = fc.array(
  fc.record({ at: fc.nat(), remove: fc.nat(3), put: fc.oneof(fc.constant(''), fc.constantFrom(...PIECES)) }),
  { minLength: 1, maxLength: 4 },
);

/** Real files with a few changes. */
const changedFile = fc.tuple(fc.constantFrom(...files), changes).map(([text, list]) =>
  list.reduce((changed, { at, remove, put }) => {
    const from = at % (changed.length + 1);
    return changed.slice(0, from) + put + changed.slice(from + remove);
  }, text),
);

/** YAML streams, valid and invalid: random characters, documents from a grammar, modified files. */
export const yamlText = fc.oneof(
  { weight: 6, arbitrary: soup },
  { weight: 3, arbitrary: yamlStream },
  { weight: 1, arbitrary: changedFile },
);
