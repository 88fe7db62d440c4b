import { quote } from '../../internal/quote.ts';
import { isYamlList, type YamlValue } from '../../yaml/index.ts';
import { valueAt } from '../kinds.ts';

/** An RFC 1123 subdomain as in the names of Kubernetes objects, which have at most 253 characters. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_NAME = 253;

/** Returns the problem with the name of an object, or undefined if the name is valid. */
export function nameProblem(object: YamlValue): string | undefined {
  const name = valueAt(object, 'metadata', 'name');
  if (name === undefined || name === null || name === '') return 'metadata.name is missing';
  if (typeof name !== 'string' || name.length > MAX_NAME || !SUBDOMAIN.test(name)) {
    return `invalid metadata.name ${quote(name)}: must consist of lower-case letters, digits, "-" and ".", and have at most ${MAX_NAME} characters`;
  }
  const wanted = nameOfDefinition(object);
  return wanted === undefined || wanted === name
    ? undefined
    : `invalid metadata.name ${quote(name)}: must be ${quote(wanted)}`;
}

/** Returns the name that the API server requires of a definition: its plural and group. */
function nameOfDefinition(object: YamlValue): string | undefined {
  const plural = valueAt(object, 'spec', 'names', 'plural');
  const group = valueAt(object, 'spec', 'group');
  const isDefinition = isYamlList(valueAt(object, 'spec', 'versions'));
  return isDefinition && typeof plural === 'string' && typeof group === 'string' ? `${plural}.${group}` : undefined;
}
