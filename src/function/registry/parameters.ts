import * as z from 'zod/mini';
import { ECR_MODEL } from '../../aws/ecr-model.ts';
import { accountNumber, distinct, listOf, objectName, text } from '../api/checks.ts';
import { parameterFields, settingFields } from '../api/parameters.ts';
import { creationTemplateFields, pullThroughCache, roleArn } from '../api/settings/registry-prefix.ts';

const { Prefix, RegistryScanningRuleList, ReplicationDestinationList, ReplicationRuleList } = ECR_MODEL.shapes;
const { RepositoryFilterList, RepositoryFilterValue, ScanningRepositoryFilterList, ScanningRepositoryFilterValue } =
  ECR_MODEL.shapes;
const { ScanFrequency, ScanType } = ECR_MODEL.shapes;
/** The maximum number of principals. More do not fit into a policy. */
const MAX_PRINCIPALS = 100;
const MAX_TEMPLATES = 50;

/** Returns the schema of a string of the API by its shape. */
function shaped(
  { min, max, pattern }: { min: number; max: number; pattern: string },
  what: string,
  matches = new RegExp(pattern),
) {
  return text(max).check(
    z.minLength(min, `must be ${min} to ${max} characters`),
    z.refine((value) => matches.test(value), { error: `must be ${what}` }),
  );
}

const path = shaped(
  RepositoryFilterValue,
  'the prefix of a name: lower-case letters and digits, with . _ - / between them',
);
const paths = listOf(path, RepositoryFilterList.max).check(
  z.minLength(1, 'must have at least one prefix, or be omitted'),
  z.describe('Apply the rule only to repositories whose names begin with this prefix.'),
);

const policy = z
  .strictObject({
    account: accountNumber.check(z.describe('The account of the registry itself.')),
    replicateFrom: z.optional(
      z
        .strictObject({
          accounts: listOf(accountNumber, MAX_PRINCIPALS).check(
            z.minLength(1, 'must have at least one account'),
            z.describe('Accounts whose registries may replicate to this one.'),
          ),
          prefixes: z.optional(paths),
        })
        .check(z.describe('Registries that may replicate to this one.')),
    ),
    pullThroughFor: z.optional(
      z
        .strictObject({
          roles: listOf(roleArn, MAX_PRINCIPALS).check(
            z.minLength(1, 'must have at least one role'),
            z.describe('Roles whose pulls may create repositories of a pull-through cache.'),
          ),
          prefixes: z.optional(paths),
        })
        .check(z.describe('Principals that may fill the pull-through caches of this registry.')),
    ),
  })
  .check(
    z.refine(({ replicateFrom, pullThroughFor }) => (replicateFrom ?? pullThroughFor) !== undefined, {
      error: 'must have replicateFrom or pullThroughFor',
    }),
    z.describe('The policy of the registry. It replaces the existing one.'),
  );

// Matches the same texts as the expression of the model, whose nested repetition takes 2^n steps for n characters: 26 characters took eleven seconds.
const SCAN_FILTER = /^[a-z0-9*]+(?:[._/-][a-z0-9*]+)*$/;

const scanFilter = shaped(ScanningRepositoryFilterValue, 'a name with * for any number of characters', SCAN_FILTER);

const scanning = z
  .strictObject({
    type: z.enum(ScanType.enum).check(z.describe('BASIC, or ENHANCED by Amazon Inspector.')),
    rules: z._default(
      listOf(
        z.strictObject({
          frequency: z.enum(ScanFrequency.enum).check(z.describe('Events that start a scan.')),
          repositories: listOf(scanFilter, ScanningRepositoryFilterList.max).check(
            z.minLength(1, 'must have at least one repository; use * for all'),
            z.describe('Names of repositories, with * for any number of characters.'),
          ),
        }),
        RegistryScanningRuleList.max,
      ).check(
        distinct('frequency', 'must not contain a frequency twice'),
        z.describe('Scan frequency by repository. BASIC only scans all others manually.'),
      ),
      [],
    ),
  })
  .check(
    z.superRefine(({ type, rules }, context) => {
      const wrong = type === 'BASIC' ? 'CONTINUOUS_SCAN' : 'MANUAL';
      const index = rules.findIndex(({ frequency }) => frequency === wrong);
      if (index < 0) return;
      const message = `must not be ${wrong}, which ${type} scanning does not have`;
      context.addIssue({ code: 'custom', path: ['rules', index, 'frequency'], message });
    }),
    z.describe('Scanning of the images of the registry. It replaces scanOnPush of repositories.'),
  );

const replication = z
  .strictObject({
    rules: listOf(
      z.strictObject({
        destinations: listOf(
          z.strictObject({
            region: parameterFields.region.check(z.describe('Region of the registry.')),
            account: accountNumber.check(
              z.describe('Account of the registry; this account for replication to another region.'),
            ),
          }),
          ReplicationDestinationList.max,
        ).check(z.minLength(1, 'must have at least one registry'), z.describe('Registries that images are copied to.')),
        prefixes: z.optional(paths),
      }),
      ReplicationRuleList.max,
    ).check(
      z.minLength(1, 'must have at least one rule, or be omitted'),
      z.describe('Destinations, and the repositories that are copied to them.'),
    ),
  })
  .check(z.describe('Copies of images in other registries, made after a push.'));

const { imageTags, encryption, lifecycle, access, tags } = settingFields;

const creationTemplates = listOf(
  z.strictObject({
    prefix: shaped(Prefix, 'ROOT or a path as of a repository').check(
      z.describe(
        'Prefix of the repositories that are created from the template; ROOT applies to all repositories without another template.',
      ),
    ),
    ...creationTemplateFields,
    ...z.partial(z.object({ imageTags, encryption, lifecycle, access, tags })).shape,
  }),
  MAX_TEMPLATES,
).check(
  z.minLength(1, 'must have at least one template, or be omitted'),
  distinct('prefix', 'must not contain a prefix twice'),
  z.describe('Templates of repositories that ECR creates on a push, a copy or a replication.'),
);

const { region, providerName, providerKind } = parameterFields;

/** The settings, each of which is granted by its name in `registry.settings` of the Input. */
const registrySettings = { policy, scanning, replication, creationTemplates, pullThroughCache };

/** The fields of `spec.parameters` of an XRegistry. */
export const registryFields = {
  region,
  ...z.partial(z.object({ providerName, providerKind })).shape,
  namespace: z.optional(
    objectName.check(z.describe('Namespace of the composed resources, for flavors with namespaced kinds.')),
  ),
  ...z.partial(z.object(registrySettings)).shape,
};

export const registryParameters = z.strictObject(registryFields);

/** The parameters of a registry. */
export type RegistryParameters = z.infer<typeof registryParameters>;
