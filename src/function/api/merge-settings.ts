import { type LayerValues, type ParameterLayer, settingFields } from './parameters.ts';
import { mayDelete } from './settings/management-policies.ts';

/** The settings of one repository, merged from all layers. */
export type Settings = Pick<LayerValues, keyof typeof settingFields>;

/** True for the name of a setting. */
export function isSetting(field: string): field is keyof Settings {
  return Object.hasOwn(settingFields, field);
}

const FIELDS = Object.keys(settingFields).filter(isSetting);

/** The settings of one repository, and the path of the field from which each is taken. */
export interface RepositorySettings {
  readonly values: Settings;
  readonly paths: Readonly<Partial<Record<keyof Settings, string>>>;
}

/**
 * Merges the layers for one repository. Within a layer, settings of this repository take precedence over those of all repositories. Each
 * setting is taken as a whole, except for tags, which are merged.
 */
export function settingsOf(layers: readonly ParameterLayer[], name: string): RepositorySettings {
  const values: { -readonly [K in keyof Settings]: Settings[K] } = {};
  const paths: Partial<Record<keyof Settings, string>> = {};
  const apply = (said: Settings, path: string) => {
    for (const field of FIELDS) {
      if (field === 'tags' || said[field] === undefined) continue;
      Object.assign(values, { [field]: said[field] });
      paths[field] = `${path}.${field}`;
    }
    if (said.tags) {
      values.tags = { ...values.tags, ...said.tags };
      paths.tags = `${path}.tags`;
    }
  };
  for (const layer of layers) {
    apply(layer.values, layer.path);
    const index = layer.values.repositories?.findIndex((one) => one.name === name) ?? -1;
    const own = layer.values.repositories?.[index];
    if (own) apply(own, `${layer.path}.repositories[${index}]`);
  }
  return { values, paths };
}

/** Returns the handling of the repository in ECR on deletion, by default the safe one. */
export function deletionOf({ deletion, managementPolicies }: Settings): 'Retain' | 'IfEmpty' | 'Force' {
  return deletion ?? (managementPolicies && !mayDelete(managementPolicies) ? 'Retain' : 'IfEmpty');
}
