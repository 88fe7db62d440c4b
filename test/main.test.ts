import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROGRAM, runProgram, startProgram } from './program.ts';

const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8'));

for (const flag of ['--version', '-V']) {
  test(`${flag} prints the version of package.json`, async () => {
    expect(await runProgram([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
}

for (const args of [['--help'], ['-h'], ['help']]) {
  test(`${args.join(' ')} lists the commands on stdout`, async () => {
    const { code, stdout, stderr } = await runProgram(args);
    expect(stdout).toMatch(/^Usage: function-workload-ecr \[options\] \[command\]/);
    for (const command of ['serve', 'render']) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
}

for (const args of [
  ['serve', '--help'],
  ['help', 'serve'],
]) {
  test(`${args.join(' ')} says what each option means`, async () => {
    const { code, stdout: wrapped } = await runProgram(args);
    const stdout = wrapped.replace(/\s+/g, ' ');
    for (const option of [
      '--address',
      '--http-address',
      '--tls-certs-dir',
      '--insecure',
      '--max-recv-message-size',
      '-d, --debug',
    ]) {
      expect(stdout).toContain(option);
    }
    for (const variable of ['TLS_SERVER_CERTS_DIR', 'FUNCTION_WORKLOAD_ECR_MAX_RECV_MESSAGE_SIZE']) {
      expect(stdout).toContain(`env: ${variable}`);
    }
    for (const preset of ['"0.0.0.0:9443"', '"0.0.0.0:8080"', 'default: 16']) expect(stdout).toContain(preset);
    expect(code).toBe(0);
  });
}

for (const { args, commands } of [
  { args: ['xpkg', '--help'], commands: ['build', 'lint', 'inspect', 'extract', 'push', 'copy'] },
  { args: ['xpkg', 'help'], commands: ['build', 'lint', 'inspect', 'extract', 'push', 'copy'] },
  { args: ['help', 'cache'], commands: ['load', 'pack', 'ls', 'verify', 'map', 'apply', 'diff', 'prune', 'bundle'] },
]) {
  test(`${args.join(' ')} lists the commands of the group`, async () => {
    const { code, stdout } = await runProgram(args);
    expect(stdout.match(/(?<=^ {2})[a-z]+(?= )/gm)).toEqual([...commands, 'help']);
    expect(code).toBe(0);
  });
}

test('a command of a group has help of its own', async () => {
  const { code, stdout } = await runProgram(['xpkg', 'lint', '--help']);
  expect(stdout).toMatch(/^Usage: function-workload-ecr xpkg lint \[options\]\n/);
  expect(code).toBe(0);
});

test.each([
  ['help', 'xpkg', 'lint'],
  ['help', 'xpkg', 'lint', '--help'],
  ['xpkg', 'help', 'lint'],
])('help before a command is its help: %s %s %s', async (...args) => {
  const [help, asked] = await Promise.all([runProgram(args), runProgram(['xpkg', 'lint', '--help'])]);
  expect(help).toEqual(asked);
});

describe('wrong usage ends with exit code 1 and says what is wrong', () => {
  for (const { args, stderr } of [
    { args: ['rendr'], stderr: "error: unknown command 'rendr'; did you mean render?\n" },
    { args: ['rendr', '--insecure'], stderr: "error: unknown command 'rendr'; did you mean render?\n" },
    { args: ['SERVE'], stderr: "error: unknown command 'SERVE'; did you mean serve?\n" },
    {
      args: ['__proto__'],
      stderr: expect.stringMatching(/^error: unknown command '__proto__'; the commands are serve, /),
    },
    {
      args: ['something'],
      stderr: expect.stringMatching(/^error: unknown command 'something'; the commands are serve, /),
    },
    { args: ['xpkg', 'bild'], stderr: "error: unknown command 'xpkg bild'; did you mean xpkg build?\n" },
    {
      args: ['xpkg', 'make'],
      stderr: expect.stringMatching(/^error: unknown command 'xpkg make'; the commands are xpkg build, xpkg lint, /),
    },
    { args: ['help', 'rendr'], stderr: "error: unknown command 'rendr'; did you mean render?\n" },
    { args: ['cache', 'help', 'lod'], stderr: "error: unknown command 'cache lod'; did you mean cache load?\n" },
    { args: ['help', 'cache', 'lod'], stderr: "error: unknown command 'cache lod'; did you mean cache load?\n" },
    {
      args: ['xpkg', 'copy', 'a'],
      stderr: "error: missing required argument 'to'; usage: function-workload-ecr xpkg copy [options] <from> <to>\n",
    },
    {
      args: ['tags', 'a', 'b'],
      stderr: expect.stringMatching(
        /^error: too many arguments .*; usage: function-workload-ecr tags \[options\] <repository>\n$/,
      ),
    },
    {
      args: ['cache', 'bundle', 'psuh', 'platform.tar'],
      stderr: expect.stringMatching(/: invalid image reference "psuh": must begin with a registry/),
    },
    { args: ['--insecur'], stderr: "error: unknown option '--insecur'\n(Did you mean --insecure?)\n" },
    { args: ['--address'], stderr: expect.stringMatching(/^error: option '--address <host:port>' argument missing\n/) },
  ]) {
    test(args.join(' '), async () => {
      expect(await runProgram(args)).toEqual({ code: 1, stdout: '', stderr });
    });
  }
});

describe('output that cannot be written ends with exit code 1', () => {
  const commands = [['--help'], ['--version'], ['cache', 'ls', import.meta.dirname, '-o', 'json']];

  test.each(commands)('on a full disk with one line: %s', { skip: !existsSync('/dev/full') }, (...args) => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    const line = 'function-workload-ecr: cannot write to standard output: no space is left on the device\n';
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 1, stderr: line });
  });

  test.each(commands)('where the reader has gone without a word: %s', async (...args) => {
    const { process: child, ended } = startProgram(args);
    child.stdout.destroy();
    expect(await ended).toEqual({ code: 1, stdout: '', stderr: '' });
  });
});
