import { quote } from '../../internal/quote.ts';

// RepositoryName of https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${PART}(?:/${PART})*$`);
const MIN_LENGTH = 2;
const MAX_LENGTH = 256;

/** True for the name of a repository in ECR, whatever its length. */
export function isRepositoryName(text: string): boolean {
  return NAME.test(text);
}

/** Says why ECR would refuse a repository name, or gives undefined when it would not. */
export function repositoryNameProblem(name: string): string | undefined {
  if (name.length < MIN_LENGTH) return `is shorter than the ${MIN_LENGTH} characters that ECR asks for`;
  if (name.length > MAX_LENGTH) return `has ${name.length} characters, ECR allows ${MAX_LENGTH}`;
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
