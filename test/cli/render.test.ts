import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort, serveFunction } from '../conformance/render/programs.ts';
import { inputs } from '../render/cases.ts';
import { answerScripted } from '../render/scripted-function.ts';

const root = `${import.meta.dirname}/../..`;
const claim = `${root}/examples/claim/claim.yaml`;
const composition = `${root}/examples/claim/composition.yaml`;
const folder = mkdtempSync(join(tmpdir(), 'render-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function renderProcess(args: readonly string[], stdin = '') {
  const child = spawn(process.execPath, ['--import', 'tsx', `${root}/src/main.ts`, 'render', ...args], { cwd: inputs });
  child.stdin.end(stdin);
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), closed]);
  return { code: child.exitCode, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

function functionsFile(target: string): string {
  const path = join(folder, `functions-${target.replaceAll(/\W/g, '-')}.yaml`);
  const annotations = {
    'render.crossplane.io/runtime': 'Development',
    'render.crossplane.io/runtime-development-target': target,
  };
  const metadata = { name: 'function-scripted', annotations };
  writeFileSync(path, JSON.stringify({ apiVersion: 'pkg.crossplane.io/v1', kind: 'Function', metadata }));
  return path;
}

describe('the render command', () => {
  test('renders a claim from standard input, with resources on stdout and messages on stderr', async () => {
    const { code, stdout, stderr } = await renderProcess(['-', composition], readFileSync(claim, 'utf8'));
    expect(code, stderr).toBe(0);
    expect(stdout.match(/^kind: .*$/gm)).toEqual(['kind: XWorkloadECRRepo', 'kind: Repository', 'kind: Repository']);
    expect(stdout).not.toContain('kind: Result');
    expect(stderr).toMatch(/^Normal ComposeRepository: Pipeline step "repositories": /m);
    expect(stderr).toMatch(/^Ready=False \(Creating\): Unready resources: bundlerepo, imagerepo$/m);
  });

  test('does not print results on stderr that -r prints on stdout', async () => {
    const { stdout, stderr } = await renderProcess([claim, composition, '-r']);
    expect(stdout).toContain('kind: Result');
    expect(stderr).not.toContain('ComposeRepository');
  });

  test('calls the functions of the functions file', async () => {
    const server = await serveFunction('v1', answerScripted);
    try {
      const args = [
        'thing.yaml',
        'composition-context.yaml',
        functionsFile(server.address),
        '-c',
        '--context-values=a=1;b=x\\;y',
      ];
      const { code, stdout, stderr } = await renderProcess(args);
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(
        /\nfields:\n {2}a: 1\n {2}added:\n {4}by: one\n {2}b: x;y\n {2}later: 2\nkind: Context\n$/,
      );
    } finally {
      await server.stop();
    }
  });

  const unreachable = freePort().then((port) => functionsFile(`127.0.0.1:${port}`));
  for (const { reason, args, message } of [
    { reason: 'a file that does not exist', args: ['none.yaml', composition], message: /cannot read none\.yaml: / },
    {
      reason: 'YAML that does not parse, with file, line and column',
      args: ['observed-both/notes.txt', composition],
      message: /cannot read observed-both\/notes\.txt:\d+:\d+: /,
    },
    {
      reason: 'an unknown function',
      args: ['thing.yaml', 'composition-unknown-function.yaml'],
      message: /function-nobody-has: not found in the functions file/,
    },
    {
      reason: 'a fatal result, with the message of the function',
      args: ['xr.yaml', 'composition-bad-input.yaml'],
      message: /pipeline step repositories returned a fatal result: input/,
    },
    {
      reason: 'a function that does not respond in time',
      args: ['thing.yaml', 'composition-echo.yaml', 'FUNCTIONS', '--timeout=300ms'],
      message: /cannot run function function-scripted: no response from 127\.0\.0\.1:\d+ /,
    },
    {
      reason: 'a flag that is not a pair',
      args: ['thing.yaml', 'composition-echo.yaml', '--context-values=key'],
      message: /--context-values .*It must be KEY=VALUE\./,
    },
    {
      reason: 'an invalid timeout',
      args: ['thing.yaml', 'composition-echo.yaml', '--timeout=soon'],
      message: /--timeout .*It must be a duration/,
    },
  ]) {
    test(`exits with 1 and one line for ${reason}`, async () => {
      const functions = await unreachable;
      const given = args.map((arg) => (arg === 'FUNCTIONS' ? functions : arg));
      const { code, stdout, stderr } = await renderProcess(given);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^[^\n]+\n$/);
    });
  }
});

describe('render --diff', () => {
  const everything = ['claim.yaml', 'composition.yaml'].map((file) => `${root}/examples/everything/${file}`);

  test('prints the changes, and exits with 2', async () => {
    const observed = `${root}/examples/everything/observed.yaml`;
    const { code, stdout } = await renderProcess([...everything, '-o', observed, '--diff', '-q']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^delete RepositoryPolicy legacypolicy \(including the resource in AWS\)$/m);
    expect(stdout).toMatch(
      /^update Repository imagerepo\n {2}spec\.forProvider\.imageTagMutability: "MUTABLE" -> "IMMUTABLE/m,
    );
    expect(stdout).toMatch(/^10 to change, 0 unchanged$/m);
  });

  test('exits with 0 when nothing changes', async () => {
    const { stdout: rendered } = await renderProcess([claim, composition, '-q']);
    const observed = join(folder, 'observed.yaml');
    writeFileSync(observed, rendered);
    const same = await renderProcess([claim, composition, '-o', observed, '--diff', '-q']);
    expect(same).toMatchObject({ code: 0, stdout: '0 to change, 2 unchanged\n' });
    const json = await renderProcess([claim, composition, '-o', observed, '--diff', '-q', '--format', 'json']);
    expect(JSON.parse(json.stdout)).toEqual([]);
  });

  test('exits with 1 on an error', async () => {
    expect(await renderProcess([claim, join(folder, 'none.yaml'), '--diff'])).toMatchObject({ code: 1, stdout: '' });
  });

  test('prints numbers of a refused claim as written, and a duplicate key', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, `${readFileSync(claim, 'utf8').trimEnd()}\n    workloadName: 007\n`);
    const { code, stderr } = await renderProcess([bad, composition]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^\S+bad\.yaml:13:5: duplicate key "workloadName", also on line 9: Kubernetes uses only this one; remove one of them$/m,
    );
    expect(stderr).toContain('must be a string, not 007; write "007", in quotes');
  });
});
