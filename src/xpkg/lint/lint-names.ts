import { quote } from '../../internal/quote.ts';
import { isYamlList, type YamlValue } from '../../yaml/index.ts';
import { valueAt } from '../kinds.ts';

/** RFC 1123, section 2.1, as Kubernetes takes it for names: at most 253 characters. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_NAME = 253;

/** Says what is wrong with the name of an object; undefined when nothing is. */
export function nameProblem(object: YamlValue): string | undefined {
  const name = valueAt(object, 'metadata', 'name');
  if (name === undefined || name === null || name === '') return 'metadata.name is missing';
  if (typeof name !== 'string' || name.length > MAX_NAME || !SUBDOMAIN.test(name)) {
    return `metadata.name ${quote(name)} must be lower-case letters, digits, "-" and ".", at most ${MAX_NAME} characters`;
  }
  const wanted = nameOfDefinition(object);
  return wanted === undefined || wanted === name ? undefined : `metadata.name ${quote(name)} must be ${quote(wanted)}`;
}

/** The API server requires the name of a definition to be its plural and group. */
function nameOfDefinition(object: YamlValue): string | undefined {
  const plural = valueAt(object, 'spec', 'names', 'plural');
  const group = valueAt(object, 'spec', 'group');
  const isDefinition = isYamlList(valueAt(object, 'spec', 'versions'));
  return isDefinition && typeof plural === 'string' && typeof group === 'string' ? `${plural}.${group}` : undefined;
}
