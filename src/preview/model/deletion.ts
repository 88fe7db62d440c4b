import type { ExplainedRepository } from '../../function/explain.ts';

const OUTCOMES: Readonly<Record<ExplainedRepository['deletion'], string>> = {
  Retain: 'is retained in ECR with its images.',
  IfEmpty:
    'is deleted if it contains no images. Otherwise ECR rejects the deletion, and the repository is retained with its images.',
  Force: 'is deleted with all its images.',
};

/** Describes the effect on a repository of deleting its claim. */
export function deletionSentence({ name, deletion }: Pick<ExplainedRepository, 'name' | 'deletion'>): string {
  return `${name} ${OUTCOMES[deletion]}`;
}
