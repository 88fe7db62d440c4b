import { ECR_MODEL } from '../../aws/ecr-model.ts';
import { quote } from '../../internal/quote.ts';

const { min, max, pattern } = ECR_MODEL.shapes.RepositoryName;
const NAME = new RegExp(`^(?:${pattern})$`);

/** True for the name of a repository in ECR, regardless of its length. */
export function isRepositoryName(text: string): boolean {
  return NAME.test(text);
}

/** Returns the problem for which ECR would refuse a repository name, or undefined if the name is valid. */
export function repositoryNameProblem(name: string): string | undefined {
  if (name.length < min) return `must have at least ${min} characters`;
  if (name.length > max) return `must have at most ${max} characters, not ${name.length}`;
  if (/[A-Z]/.test(name)) return 'must not have upper-case letters';
  const stray = /[^a-z0-9._/-]/u.exec(name);
  if (stray) return `must consist of a-z, 0-9 and . _ - /, without ${quote(stray[0])}`;
  if (isRepositoryName(name)) return undefined;
  const between = /[a-z0-9]([._/-]{2,})[a-z0-9]/.exec(name)?.[1];
  if (between !== undefined && !isSeparator(between)) {
    return `must have one of . _ __ / or any number of - between letters and digits, not ${quote(between)}`;
  }
  return 'must begin and end with a letter or digit, and so must each part between slashes';
}

function isSeparator(text: string): boolean {
  return isRepositoryName(`a${text}a`);
}
