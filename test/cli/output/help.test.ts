import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/commands.ts';

const program = await createProgram(['help']);

/** A command with all of its subcommands. */
function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)];
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 200 }).outputHelp();
  return help;
}

/** The command lines of a command's examples, without the program's name. */
function examplesOf(command: Command): string[] {
  const [, examples = ''] = helpOf(command).split('\nExamples:\n');
  const lines = examples.split('\n\n').filter((example) => example.startsWith('  # '));
  return lines.map((example) =>
    example
      .replace(/^ {2}#.*\n/, '')
      .replaceAll(/\\?\n {4}/g, '')
      .trim(),
  );
}

/** Parses a command line of the shell up to a pipe or a redirection, without running the command that it names. */
async function parse(line: string): Promise<string> {
  const [command = ''] = line.split(/[|<>]/);
  const words = command.trim().split(/\s+/).slice(1);
  const fresh = await createProgram(words);
  let reached = '';
  for (const each of family(fresh)) {
    each.configureOutput({ writeErr: () => undefined });
    if (each.commands.length > 0) continue;
    each.action(() => {
      reached = nameOf(each);
    });
  }
  await fresh.parseAsync(words, { from: 'user' });
  return reached;
}

const commands = family(program).map((command) => ({ name: nameOf(command), command }));

test('the test finds the commands', () => {
  const names = commands.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['function-workload-ecr serve', 'function-workload-ecr xpkg copy']));
});

describe.each(commands)('the help of $name', ({ name, command }) => {
  test('has at most 80 columns for any width of the terminal', () => {
    expect(
      helpOf(command)
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([]);
  });

  test('prints defaults in the form that users write', () => {
    expect(helpOf(command)).not.toMatch(/default: (\[\]|\{\}|\d{5,})/);
    const durations = command.options.filter(({ flags, defaultValue }) => flags.includes('<duration>') && defaultValue);
    expect(
      durations.filter(({ defaultValueDescription }) => !/^\d+(ms|s|m|h)$/.test(defaultValueDescription ?? '')),
    ).toEqual([]);
  });

  if (command.commands.length > 0) return;

  test('has valid examples', async () => {
    const examples = examplesOf(command);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(await parse(example), example).toBe(name);
  });

  test('lists the options that all commands have', () => {
    if (command.name() === 'serve') return;
    expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(['--quiet', '--log-level']));
  });
});

test('the test finds an unknown option in an example', async () => {
  await expect(parse('function-workload-ecr cache ls /cache --jsom')).rejects.toThrow(/unknown option/);
});
