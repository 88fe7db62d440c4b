import { Command } from 'commander';
import { buildCommand } from './build.ts';
import { copyCommand, pushCommand } from './push.ts';
import { extractCommand, inspectCommand } from './read.ts';

// Each command loads its own code, so that a push does not load a YAML parser.

/** `xpkg`: Crossplane packages, with no container engine and no Crossplane. */
export function xpkgCommand(): Command {
  const [build, lint] = buildCommand();
  return new Command('xpkg')
    .description('build, check, read, push and copy Crossplane packages')
    .addCommand(build)
    .addCommand(lint)
    .addCommand(inspectCommand())
    .addCommand(extractCommand())
    .addCommand(pushCommand())
    .addCommand(copyCommand());
}
