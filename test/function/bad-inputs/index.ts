import { access } from './access.ts';
import { claims, names } from './claims.ts';
import { deleting } from './deletion.ts';
import { encryption } from './encryption.ts';
import { inputs } from './input.ts';
import { lifecycle } from './lifecycle.ts';
import { packages, powers, rules } from './platform.ts';
import { polling, provider } from './provider.ts';
import { prefixes, single } from './repositories.ts';
import type { BadInput } from './row.ts';
import { sizes } from './sizes.ts';
import { imageTags, tags } from './tags.ts';

/** All bad inputs by subject, in the order of examples/reference/bad-input.md. */
export const badInputs: Readonly<Record<string, readonly BadInput[]>> = {
  'The claim': claims,
  'The names': names,
  'The Input of the Composition': inputs,
  Sizes: sizes,
  'AWS tags': tags,
  'Image tags': imageTags,
  Encryption: encryption,
  'Lifecycle policies': lifecycle,
  'Repository policies': access,
  Deletion: deleting,
  Polling: polling,
  'Provider flavors': provider,
  'Limits that the platform sets': rules,
  'Powers that the platform grants': powers,
  'Settings for a whole prefix': prefixes,
  'Single repositories': single,
  'The package cache': packages,
};
