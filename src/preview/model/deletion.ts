import type { ExplainedRepository } from '../../function/explain.ts';

const OUTCOMES: Readonly<Record<ExplainedRepository['deletion'], string>> = {
  Retain: 'stays in ECR with its images.',
  IfEmpty: 'is deleted if it has no images. Otherwise ECR refuses, and the repository stays with its images.',
  Force: 'is deleted with all its images.',
};

/** Says what becomes of a repository when its claim is deleted. */
export function deletionSentence({ name, deletion }: Pick<ExplainedRepository, 'name' | 'deletion'>): string {
  return `${name} ${OUTCOMES[deletion]}`;
}
