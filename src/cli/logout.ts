import { Command } from 'commander';
import { removeLogin } from '../oci/index.ts';
import { parseRegistry } from './options/registry-name.ts';
import { withExamples } from './output/help.ts';
import { type NoteOptions, notesOf } from './output/notes.ts';
import { waitingForHelper } from './output/waiting.ts';

/** Returns `logout`, which removes a login. */
export function logoutCommand(): Command {
  const command = new Command('logout')
    .description("remove the login for a registry from docker's config file and from its credential helper")
    .argument('<registry>', 'host[:port]')
    .action(logout);
  return withExamples(command, ['log out', 'logout registry.example.com']);
}

async function logout(name: string, options: NoteOptions): Promise<void> {
  const registry = parseRegistry(name);
  const notes = notesOf(options);
  const { info } = notes;
  const where = await waitingForHelper(notes, () => removeLogin(registry));
  if (where === undefined) info(`no login found for ${registry}`);
  else info(`removed the login for ${registry} from ${where}`);
}
