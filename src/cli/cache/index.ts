import { Command } from 'commander';
import { loadCommand } from './load.ts';
import { listCommand, verifyCommand } from './look.ts';
import { packCommand } from './pack.ts';

/** `cache`: packages carried in ConfigMaps, and Crossplane's package cache. */
export function cacheCommand(): Command {
  return new Command('cache')
    .description("carry packages into Crossplane's package cache")
    .addCommand(loadCommand())
    .addCommand(packCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand());
}
