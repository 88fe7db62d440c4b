import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import metadata from '../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** The rooms of src and which others each may import; the order of the table is inward. A file with a row of its own is a room. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli'],
  cli: [
    'server',
    'preview',
    'validate',
    'render',
    'function',
    'protocol',
    'cache',
    'aws',
    'aws/registry-host.ts',
    'xpkg',
    'oci',
    'yaml',
    'go',
    'json',
    'internal',
  ],
  server: ['function', 'protocol', 'internal'],
  preview: ['function', 'render', 'protocol', 'aws/registry-host.ts', 'yaml', 'json', 'internal'],
  validate: ['function', 'render', 'protocol', 'xpkg', 'yaml', 'internal'],
  render: ['function', 'protocol', 'yaml', 'json', 'internal'],
  function: [
    'protocol',
    'cache',
    'aws/registry-host.ts',
    'aws/partition.ts',
    'aws/ecr-model.ts',
    'aws/identity.ts',
    'oci',
    'go',
    'json',
    'internal',
  ],
  cache: ['aws/identity.ts', 'oci', 'xpkg', 'json', 'go', 'internal'],
  aws: ['aws/registry-host.ts', 'aws/partition.ts', 'aws/ecr-model.ts', 'aws/identity.ts', 'oci', 'internal'],
  xpkg: ['oci', 'yaml', 'go', 'internal'],
  protocol: ['json', 'internal'],
  json: [],
  oci: ['aws/registry-host.ts', 'go', 'json', 'internal'],
  'aws/registry-host.ts': ['aws/partition.ts'],
  'aws/partition.ts': ['aws/ecr-model.ts'],
  'aws/ecr-model.ts': [],
  'aws/identity.ts': [],
  yaml: ['internal'],
  go: [],
  internal: [],
};

/** Packages that only these files name; everything else sees our own plain types. */
const ADAPTERS: Readonly<Record<string, RegExp>> = {
  protobufjs: /^protocol\/wire\.ts$/,
  '@grpc/grpc-js':
    /^(server\/(server|tls\/certificates|grpc\/(function-service|health|admission|unknown-methods))|render\/grpc-caller)\.ts$/,
  'prom-client': /^server\/metrics\/registry\.ts$/,
  pino: /^(server|cli)\//,
  commander: /^(cli\/|main\.ts$)/,
  'lit-html': /^preview\/page\//,
  '@codemirror': /^preview\/page\//,
  '@lezer': /^preview\/page\//,
  '@noble/hashes': /^internal\/bytes\/hash-browser\.ts$/,
  '@noble/curves': /^oci\/signature\/key\.ts$/,
  '@sigstore': /^oci\/signature\/(certificate|identity|proof)\.ts$/,
  undici: /^oci\//,
  'tar-stream': /^oci\//,
  fzstd: /^oci\/archive\/zstd\.ts$/,
  '@aws-sdk/client-ecr': /^aws\//,
  '@kubernetes/client-node': /^(cache|cli)\//,
};

/** Libraries that few calls need and that take long to load, each with the file through which they are loaded, outside of the commands. */
const LOADED_LATE = [
  'aws/aws-client.ts',
  'oci/http/proxy-agents.ts',
  'oci/signature/certificate.ts',
  '@kubernetes/client-node',
  '@noble/curves/ed25519.js',
  'fzstd',
  're2js',
];

/** What the function as a pure core has no business with. */
const EFFECTS = /^node:(fs|net|http|https|http2|tls|dns|child_process|timers|worker_threads|os|process)(\/|$)/;

interface Import {
  readonly file: string;
  readonly room: string;
  /** A path within src, or the specifier of a package. */
  readonly target: string;
  readonly isOurs: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const text = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const statement = /^(?:import|export)\b[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...(text.get(file) ?? '').matchAll(statement)].map(([, from, effect, dynamic]) => {
    const specifier = from ?? effect ?? dynamic ?? '';
    const isOurs = specifier.startsWith('.');
    return { file, room: roomOf(file), target: isOurs ? normalize(join(dirname(file), specifier)) : specifier, isOurs };
  });
}

function roomOf(path: string): string {
  return Object.hasOwn(ROOMS, path) ? path : (path.split('/')[0] ?? path);
}

const described = (list: readonly Import[]) => list.map(({ file, target }) => `${file} imports ${target}`);

test('the imports are found that are plain to see', () => {
  const found = described(imports);
  expect(found).toContain('protocol/wire.ts imports protobufjs/minimal.js');
  expect(found).toContain('server/server.ts imports function/function.ts');
  expect(found).toContain('cli/commands.ts imports cli/serve.ts');
  expect(found).toContain('protocol/request.ts imports protocol/wire.ts');
});

test('every file of src is in a known room', () => {
  expect(files.filter((file) => !Object.hasOwn(ROOMS, roomOf(file)))).toEqual([]);
});

describe('arrows point inward', () => {
  for (const [room, allowed] of Object.entries(ROOMS)) {
    test(`${room} imports ${allowed.join(', ') || 'no other room'}`, () => {
      const others = imports.filter(
        ({ room: from, target, isOurs }) => isOurs && from === room && roomOf(target) !== room,
      );
      const outward = others.filter(
        ({ target }) =>
          !allowed.includes(roomOf(target)) && !target.startsWith('../examples/') && target !== '../package.json',
      );
      expect(described(outward)).toEqual([]);
    });
  }

  test('and never in a circle', () => {
    const order: string[] = [];
    const open = new Set<string>();
    const visit = (room: string): void => {
      expect(open.has(room), `${[...open].join(' -> ')} -> ${room}`).toBe(false);
      open.add(room);
      for (const next of ROOMS[room] ?? []) visit(next);
      open.delete(room);
      order.push(room);
    };
    for (const room of Object.keys(ROOMS)) visit(room);
    expect(new Set(order)).toEqual(new Set(Object.keys(ROOMS)));
  });
});

describe('a package is named by its adapter only', () => {
  for (const [name, adapter] of Object.entries(ADAPTERS)) {
    test(name, () => {
      const named = imports.filter(
        ({ target, isOurs }) => !isOurs && (target === name || target.startsWith(`${name}/`)),
      );
      expect(described(named.filter(({ file }) => !adapter.test(file)))).toEqual([]);
    });
  }
});

for (const room of ['function', 'protocol', 'yaml']) {
  test(`${room} is pure: it opens no file and no socket`, () => {
    const effects = imports.filter((found) => found.room === room && EFFECTS.test(found.target));
    expect(described(effects)).toEqual([]);
    const globals = files.filter(
      (file) =>
        roomOf(file) === room && /\b(fetch\(|Date\.now|Math\.random|process\.(env|std))/.test(text.get(file) ?? ''),
    );
    expect(globals).toEqual([]);
  });
}

test('a service starts without what most calls do not need', () => {
  const statement = /^(?:import|export)\s+(?!type\b)[^'";]*?from\s+'([^']+)'/gm;
  const loaded = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const [, specifier = ''] of (text.get(file) ?? '').matchAll(statement)) {
      visit(specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier);
    }
  };
  visit('cli/serve.ts');
  const found = [...loaded];
  expect(found).toEqual(expect.arrayContaining(['function/function.ts', 'server/server.ts', '@grpc/grpc-js']));
  expect(
    found.filter((file) => /^(oci\/(index|registry\/client)|cache\/store|aws\/aws-client)\.ts$/.test(file)),
  ).toEqual([]);
  // Names of package files are rules without code of their own behind them.
  const heavy = /^(render|yaml)\/|^xpkg\/(?!names|errors)|^(undici|tar-stream)$/;
  expect(found.filter((file) => heavy.test(file))).toEqual([]);
  expect(found.filter((file) => file.startsWith('server/tracing/'))).toEqual(['server/tracing/enabled.ts']);
});

test('only commands and what few calls need are loaded late', () => {
  const late = files
    .filter((file) => !/^(cli\/|main\.ts$|preview\/page\/)/.test(file))
    .flatMap((file) =>
      [...(text.get(file) ?? '').matchAll(/\bimport\('([^']+)'\)/g)].map(([, specifier = '']) =>
        specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
      ),
    );
  expect([...new Set(late)].sort()).toEqual(LOADED_LATE.toSorted());
});

/** The files that `entries` load at run time, in a browser where those of Node have a counterpart, and the packages. */
function loadedInBrowser(entries: readonly string[]): ReadonlySet<string> {
  const counterparts = new Map(
    Object.entries(metadata.browser).map(([from, to]) => [from.slice('./src/'.length), to.slice('./src/'.length)]),
  );
  const statement =
    /^(?:import|export)\s+(?!type\b)[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  const loaded = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const [, from, effect, dynamic] of (text.get(file) ?? '').matchAll(statement)) {
      const specifier = from ?? effect ?? dynamic ?? '';
      const target = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier;
      visit(counterparts.get(target) ?? target);
    }
  };
  for (const entry of entries) visit(entry);
  return loaded;
}

test('function, protocol, yaml, the pure part of render and the page of preview run in a browser', () => {
  const pure = /^(function|protocol|yaml|preview\/(model|page))\/|^render\/(?!index|documents\/load|grpc-caller)/;
  const loaded = [...loadedInBrowser(files.filter((file) => pure.test(file)))];
  expect(loaded).toEqual(expect.arrayContaining(['internal/bytes/hash-browser.ts', 'cache/sets/chunks.ts']));
  const packages = loaded.filter((target) => !text.has(target) && !/\.(json|yaml)$/.test(target));
  expect(
    packages.filter((name) => !/^(zod|protobufjs|re2js|@noble\/hashes|lit-html|@codemirror|@lezer)(\/|$)/.test(name)),
  ).toEqual([]);
  const ofNode = /\b(Buffer|process|setImmediate|__dirname|require)[.(]|: Buffer\b/;
  const code = (file: string) => (text.get(file) ?? '').replace(/^\s*(\/\/|\/?\*).*$/gm, '');
  expect(loaded.filter((file) => ofNode.test(code(file)))).toEqual([]);
});
