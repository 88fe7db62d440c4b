#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import metadata from '../package.json' with { type: 'json' };
import { nearest } from './function/api/did-you-mean.ts';
import { printable, printableLines } from './internal/quote.ts';

// Each command is loaded when it is asked for, so that none slows the start of another.
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.ts')).serveCommand(),
  render: async () => {
    const [{ renderCommand }, { createFunction }] = await Promise.all([
      import('./cli/render.ts'),
      import('./function/function.ts'),
    ]);
    const run = createFunction();
    return renderCommand(async (request) => (await run(request)).response);
  },
  cache: async () => (await import('./cli/cache/index.ts')).cacheCommand(),
  xpkg: async () => (await import('./cli/xpkg/index.ts')).xpkgCommand(),
};

const asked = process.argv[2] ?? '';
const listsAll = asked === '--help' || asked === '-h' || asked === 'help';
const isKnown = Object.hasOwn(COMMANDS, asked);
const names = listsAll ? Object.keys(COMMANDS) : [isKnown ? asked : 'serve'];

const program = new Command(metadata.name)
  .description(metadata.description)
  .version(metadata.version)
  .enablePositionalOptions();
for (const name of names) {
  const command = await COMMANDS[name]?.();
  if (command) program.addCommand(command, { isDefault: name === 'serve' });
}

try {
  if (asked !== '' && !asked.startsWith('-') && !isKnown && !listsAll) {
    const meant = nearest(asked, Object.keys(COMMANDS));
    const hint = meant === undefined ? `there are ${Object.keys(COMMANDS).join(', ')}` : `did you mean ${meant}?`;
    program.error(`error: unknown command '${printable(asked)}'; ${hint}`);
  }
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) throw error;
  const expected = error instanceof Error && 'code' in error;
  const message = expected ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${printableLines(`${metadata.name}: ${message}`)}\n`);
  process.exitCode = 1;
}
