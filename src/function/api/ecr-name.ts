import { ECR_MODEL } from '../../aws/ecr-model.ts';
import { quote } from '../../internal/quote.ts';

const { min, max, pattern } = ECR_MODEL.shapes.RepositoryName;
const NAME = new RegExp(`^(?:${pattern})$`);

/** True for the name of a repository in ECR, whatever its length. */
export function isRepositoryName(text: string): boolean {
  return NAME.test(text);
}

/** Says why ECR would refuse a repository name, or gives undefined when it would not. */
export function repositoryNameProblem(name: string): string | undefined {
  if (name.length < min) return `is shorter than the ${min} characters that ECR asks for`;
  if (name.length > max) return `has ${name.length} characters, ECR allows ${max}`;
  if (/[A-Z]/.test(name)) return 'has upper-case letters, ECR allows only lower case';
  const stray = /[^a-z0-9._/-]/u.exec(name);
  if (stray) return `has ${quote(stray[0])}, ECR allows only a-z, 0-9 and . _ - /`;
  if (isRepositoryName(name)) return undefined;
  const between = /[a-z0-9]([._/-]{2,})[a-z0-9]/.exec(name)?.[1];
  if (between !== undefined && !isSeparator(between)) {
    return `has ${quote(between)}, ECR allows one of . _ __ / or any number of - between letters and digits`;
  }
  return 'must begin and end with a letter or digit, and so must each part between slashes';
}

function isSeparator(text: string): boolean {
  return isRepositoryName(`a${text}a`);
}
