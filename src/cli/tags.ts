import { Command } from 'commander';
import { filterTags, parseRepository } from '../oci/index.ts';
import { type RegistryOptions, withClient, withRegistry } from './options/registry.ts';
import { type FormatOptions, printData, withFormat } from './output/format.ts';
import { withExamples } from './output/help.ts';

interface TagsOptions extends RegistryOptions, FormatOptions {
  readonly semver?: string;
  readonly filter?: string;
}

/** Returns `tags`, which lists the tags of a repository. */
export function tagsCommand(): Command {
  const command = new Command('tags')
    .description('list the tags of a repository, one per line')
    .argument('<repository>', 'registry/repository')
    .option('--semver <range>', 'only versions in this range, the highest first, as claims select them')
    .option('--filter <regexp>', 'only tags that contain a match of a regular expression (RE2)');
  return withExamples(
    withFormat(withRegistry(command)).action(list),
    ['list all tags', 'tags xpkg.crossplane.io/crossplane-contrib/provider-aws'],
    ['find the tag that a range selects', "tags registry.example.com/acme/cfg --semver '^1.2.0' |\nhead -1"],
    ['list the release candidates', "tags registry.example.com/acme/cfg --filter '-rc[0-9]+$'"],
  );
}

async function list(text: string, options: TagsOptions): Promise<void> {
  const { semver, filter } = options;
  const repository = parseRepository(text);
  const all = await withClient(options, (client) => client.listTags(repository), [[repository, options.creds]]);
  const tags = await filterTags(all, { semver, semverFilter: filter });
  const table = [['TAG'], ...tags.map((tag) => [tag])] as const;
  printData({ value: tags, table, text: tags.map((tag) => `${tag}\n`).join('') }, options);
}
