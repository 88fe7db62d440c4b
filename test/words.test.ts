import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

// Keeps expressions out of the prose that an editor took out of it. The Kubernetes API conventions and Go's documentation are the model:
// subject, verb, object; an error names the field, the problem and the fix.

const ROOT = join(import.meta.dirname, '..');

type Scope = 'comments' | 'comments and messages';

/** The rooms of src that have been edited, each with the text that the list applies to. A room joins when it is edited. */
const ROOMS: Readonly<Record<string, Scope>> = {
  'main.ts': 'comments and messages',
  cli: 'comments and messages',
  server: 'comments and messages',
  render: 'comments and messages',
  validate: 'comments and messages',
  xpkg: 'comments and messages',
  protocol: 'comments and messages',
  yaml: 'comments and messages',
  function: 'comments and messages',
  preview: 'comments and messages',
  json: 'comments and messages',
  go: 'comments and messages',
  internal: 'comments and messages',
  oci: 'comments and messages',
  aws: 'comments and messages',
  cache: 'comments and messages',
};

/** Rooms to which {@link IN_PLAIN_ROOMS} applies, and in which the doc comments of functions begin with a verb. A room joins when it is edited. */
const PLAIN_ROOMS = [
  'main.ts',
  'server',
  'render',
  'validate',
  'xpkg',
  'protocol',
  'yaml',
  'function',
  'preview',
  'go',
  'oci',
  'aws',
  'cache',
  'cli',
  'internal',
  'json',
];

/** Pages that people write. Generated pages repeat the messages of src/function. */
const PAGES = [
  'README.md',
  'src/README.md',
  'examples/README.md',
  'examples/operations/README.md',
  'examples/reference/aws.md',
  'examples/reference/installed-packages.md',
  'examples/reference/migration.md',
  'examples/reference/verify-release.md',
  'package/CHANGELOG.md',
  '.github/CONTRIBUTING.md',
  '.github/pull_request_template.md',
  '.github/ISSUE_TEMPLATE/bug.yaml',
  '.github/ISSUE_TEMPLATE/feature.yaml',
  'examples/kyverno/README.md',
  'examples/package-cache/README.md',
  'examples/package-cache/bundle.md',
  'examples/package-cache/upgrades.md',
  'examples/reference/signatures.md',
  'examples/reference/trust.md',
  'examples/reference/metrics.md',
  '.github/SECURITY.md',
];

interface Expression {
  readonly found: RegExp;
  /** The words to use instead. */
  readonly instead: string;
}

const ANYWHERE: readonly Expression[] = [
  { found: /\btroubles?\b/i, instead: 'error, failure, problem' },
  { found: /\b(tells?|told) of\b|\b(is|are|be) told\b/i, instead: 'reports' },
  { found: /\bleaves? off\b/i, instead: 'stops' },
  { found: /\bever another\b/i, instead: 'a different, random' },
  {
    found: /\b(is|are|was|were) no (?!longer\b|more than\b|less than\b)/i,
    instead: 'X is missing, X does not exist, is not a X, invalid X: reason, must be a Y',
  },
  { found: /\b(no|some)body\b|\bwhoever\b/i, instead: 'the subject, or the passive voice' },
  { found: /\b(goes|go) before\b/i, instead: 'takes precedence over' },
  { found: /\bfor ever\b/i, instead: 'forever, permanently' },
  { found: /\b(has|have) not to\b/i, instead: 'need not' },
  { found: /\bcomes? to nothing\b|\bwhat (it|they|a \w+) comes? to\b/i, instead: 'result, outcome' },
  { found: /\bonce more\b/i, instead: 'again' },
  { found: /\bbefore the time was up\b/i, instead: 'before the deadline, within 10 s' },
  { found: /\bas far as there (is|are)\b|\bsuch as it is\b/i, instead: 'if there is one' },
  { found: /\b(is|are) let pass\b/i, instead: 'is accepted' },
  { found: /\bdrawn by chance\b/i, instead: 'random' },
  { found: /\bsomething wrong\b/i, instead: 'a problem' },
  { found: /\bwant registry\/repository\b/, instead: 'must be REGISTRY/REPOSITORY:TAG' },
];

const IN_COMMENTS: readonly Expression[] = [
  {
    found: /^(What|Who|Whoever|Whose|Why|How|Where|Whether|Which)\b/,
    instead: 'a noun for a value ("The limits of …"), "True when …" for a boolean, a verb for a function ("Returns …")',
  },
];

const IN_PLAIN_ROOMS: readonly Expression[] = [
  { found: /(^|[:;,] )want\b/, instead: 'must be X; expected X, got Y' },
  { found: /\b(is|are) not there\b|\b(which|that) (is|are) there\b/, instead: 'not found, does not exist, exists' },
  { found: /\blook(s|ed)? at\b/, instead: 'reads, checks' },
  { found: /\bpass(es|ed)? over\b/, instead: 'ignores, skips' },
  { found: /\basked for\b/, instead: 'requested, required' },
  { found: /\bwhole or not at all\b/, instead: 'atomically' },
  { found: /\bbesides\b/, instead: 'in addition to' },
  { found: /\bfor good\b/, instead: 'permanently' },
  { found: /\bby way of\b/, instead: 'with, through' },
  { found: /\bstands? (here|there|for|behind|beside|alone)\b/, instead: 'is, represents, is replaced by' },
  { found: /\b(every|any)body\b/i, instead: 'everyone, the subject' },
  { found: /\btakes? out\b|\b(take|leave) it out\b/, instead: 'removes, omits' },
  { found: /\blets? in\b/, instead: 'accepts, grants access to' },
  { found: /\b(would|is|are) (both )?be called\b/, instead: 'would be named, is named' },
  { found: /\banew\b|\bagain and again\b/, instead: 'again, repeatedly' },
  { found: /\bin vain\b|\bby hand\b|\bwhat is wrong\b|\ball that is wrong\b/, instead: 'manually, the problem' },
  { found: /\b(says|told|tells) (why|what|how|who|where|whether|which)\b/i, instead: 'Returns the reason, reports' },
  { found: /\b(left|leaves?|leaving) out\b/, instead: 'omits, ignores, excludes' },
  { found: /\w stays?\b|\bstays? \w/, instead: 'is kept, is retained, remains, is not changed' },
  { found: /\bcarr(y|ies|ied)\b(?! out)/, instead: 'contains, stores, delivers' },
  { found: /\bbrings?\b/, instead: 'contains, installs' },
  { found: /\bprevents? that\b/, instead: 'prevents X from doing' },
  { found: /\bof (its|their) own(?=[.,;:]|$)/, instead: 'its own X, a separate X' },
  { found: /\bwhatever\b/, instead: 'regardless of, any' },
];

const IN_DOCS_OF_FUNCTIONS: Expression = {
  found: /^(?!([A-Z][a-z]+s|True) )/,
  instead: 'a verb ("Returns …") or "True when …"',
};

/** The doc comments of the functions of a TypeScript file, without their markers. */
function docsOfFunctions(source: string): string[] {
  const blocks = source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:export )?(?:async )?function\b/g);
  return [...blocks].flatMap(([block]) => commentsIn(block));
}

/** The comments of a TypeScript file, without their markers. */
function commentsIn(source: string): string[] {
  const blocks = [...source.matchAll(/\/\*\*?([\s\S]*?)\*\//g)].map(([, text = '']) => text.replace(/^\s*\* ?/gm, ''));
  const lines = [...source.matchAll(/(?:^|\s)\/\/ (.*(?:\n\s*\/\/ .*)*)/g)].map(([, text = '']) => {
    return text.replace(/^\s*\/\/ /gm, '');
  });
  return [...blocks, ...lines].map((text) => text.trim().replace(/\s+/g, ' '));
}

/** The string literals of a TypeScript file. */
function stringsIn(source: string): string[] {
  const code = source.replace(/\/\*\*?[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    ([, single, double, template]) => single ?? double ?? template ?? '',
  );
}

function offences(texts: readonly string[], expressions: readonly Expression[]): string[] {
  return expressions.flatMap(({ found, instead }) =>
    texts.filter((text) => found.test(text)).map((text) => `${text} -> ${instead}`),
  );
}

function offencesOfPlainRoom(source: string): string[] {
  return [
    ...offences([...commentsIn(source), ...stringsIn(source)], IN_PLAIN_ROOMS),
    ...offences(docsOfFunctions(source), [IN_DOCS_OF_FUNCTIONS]),
  ];
}

function filesOf(room: string): string[] {
  if (room.endsWith('.ts')) return [room];
  const files = readdirSync(join(ROOT, 'src', room), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => join(room, file));
}

describe('the comments and messages of src are plain English', () => {
  for (const [room, scope] of Object.entries(ROOMS)) {
    test(`${room}: ${scope}`, () => {
      const found = filesOf(room).flatMap((file) => {
        const source = readFileSync(join(ROOT, 'src', file), 'utf8');
        const comments = commentsIn(source);
        const texts = scope === 'comments' ? comments : [...comments, ...stringsIn(source)];
        const problems = [...offences(comments, IN_COMMENTS), ...offences(texts, ANYWHERE)];
        return problems.map((problem) => `src/${file}: ${problem}`);
      });
      expect(found).toEqual([]);
    });
  }
});

describe('rooms that were edited again are plainer', () => {
  test.each(PLAIN_ROOMS)('%s', (room) => {
    const found = filesOf(room).flatMap((file) => {
      const source = readFileSync(join(ROOT, 'src', file), 'utf8');
      return offencesOfPlainRoom(source).map((problem) => `src/${file}: ${problem}`);
    });
    expect(found).toEqual([]);
  });
});

/** Names that were replaced by the field's own: candidate, rejection, schedule, result, response, event. */
const REPLACED_NAMES =
  /\b(Offers?|isOffer|Refusals?|refusalOf|Situation|Rivalry|Pace|lookNow|asker|Answer|Answered|doorbell|troubles)\b/g;

test('names in src are those of the field', () => {
  const sources = [...Object.keys(ROOMS)].flatMap(filesOf).map((file) => {
    return { file, source: readFileSync(join(ROOT, 'src', file), 'utf8') };
  });
  expect(
    sources.flatMap(({ file, source }) => (source.match(REPLACED_NAMES) ?? []).map((name) => `${file}: ${name}`)),
  ).toEqual([]);
});

for (const page of PAGES) {
  test(`${page} is plain English`, () => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
    expect(offences(prose.split(/\n{2,}|(?<=[.:])\s/), ANYWHERE)).toEqual([]);
  });
}

describe('the list finds what it is for', () => {
  for (const { source, found } of [
    { source: '/** What a call came to. */', found: 1 },
    { source: '/**\n * Whether it is ready.\n */', found: 1 },
    { source: '  /** How long to wait. */', found: 1 },
    { source: '// Where the files are.', found: 1 },
    { source: '/** An error; `onRenewal` is told of it. */', found: 1 },
    { source: '/** Thrown for text that is no\n * YAML. */', found: 1 },
    { source: "throw new Error('there is no such file');", found: 1 },
    { source: 'throw new Error(`the tag is no version`);', found: 1 },
    { source: 'const message = "nobody to ask";', found: 1 },
    { source: '/** The Secret, as far as there is one. */', found: 1 },
    { source: 'throw refuse(`no response before the time was up`);', found: 1 },
    { source: '/** True when it is ready, which is no longer the case. */', found: 0 },
    { source: 'const trouble = 1; // An identifier.', found: 0 },
  ]) {
    test(source, () => {
      const comments = commentsIn(source);
      const problems = [...offences(comments, IN_COMMENTS), ...offences([...comments, ...stringsIn(source)], ANYWHERE)];
      expect(problems).toHaveLength(found);
    });
  }

  for (const { source, found } of [
    { source: 'throw new Error(`has 6 bytes, want 5`);', found: 1 },
    { source: 'const want = "the platform that users want";', found: 0 },
    { source: '/** Removes a file that is not there. */', found: 1 },
    { source: '/** The digest of the bytes. */\nfunction digestOf() {}', found: 1 },
    { source: '/** The digest of the bytes. */\nconst DIGEST = 1;', found: 0 },
    { source: '/** Returns the digest. */\nexport async function* digestOf() {}', found: 0 },
    { source: '/** True when the tag exists. */\nexport function isTag() {}', found: 0 },
  ]) {
    test(`in a plain room: ${source}`, () => {
      expect(offencesOfPlainRoom(source)).toHaveLength(found);
    });
  }
});
