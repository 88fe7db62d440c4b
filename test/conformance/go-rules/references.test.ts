import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { OciError, parseReference, referenceIdentifier } from '../../../src/oci/index.ts';
import { askGo, expectAgreement, type KnownDifference, runs, seed } from './go-rules.ts';
import { referenceText } from './reference-texts.ts';

const answer = z.object({
  registry: z.string().default(''),
  repository: z.string().default(''),
  identifier: z.string().default(''),
  error: z.string().optional(),
});

/** We refuse, with a reason in the message, references that Go sends to a registry that cannot have them. */
function refusedFor(reason: string, why: RegExp): KnownDifference {
  return { reason, covers: ({ input, ours }) => ours === undefined && why.test(messageOf(input)) };
}

const KNOWN: readonly KnownDifference[] = [
  refusedFor('a repository or tag that the grammar of distribution-spec does not have', /invalid (repository|tag) "/),
  refusedFor(
    'a host that no name or address has, or a port over 65535',
    /invalid registry "|must not begin with the scheme/,
  ),
  {
    reason: 'a repository of one letter, not strictly: registries may have it, and go-containerregistry v0.22 reads it',
    covers: ({ ours, theirs }) => theirs === undefined && / (library\/)?. \S+$/.test(ours ?? ''),
  },
];

test.each([false, true])(
  'references are read as go-containerregistry reads them, strictly: %s',
  { timeout: 600_000 },
  (strict) => {
    const texts = [...new Set(fc.sample(referenceText, { seed, numRuns: runs }))];
    const answers = askGo(texts.map((text) => ({ kind: 'reference', text, strict })));
    const compared = texts.map((input, index) => {
      const { registry, repository, identifier, error } = answer.parse(JSON.parse(answers[index] ?? ''));
      const theirs = error === undefined ? `${registry} ${repository} ${identifier}` : undefined;
      return { input, ours: read(input, strict), theirs };
    });
    expectAgreement(`references, ${strict ? 'strict' : 'weak'}`, compared, KNOWN);
  },
);

function read(text: string, strict: boolean): string | undefined {
  try {
    const reference = parseReference(text, strict ? 'strict' : 'weak');
    return `${reference.registry} ${reference.repository} ${referenceIdentifier(reference)}`;
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    return undefined;
  }
}

function messageOf(text: string): string {
  try {
    parseReference(text, 'weak');
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(OciError);
    return error instanceof OciError ? error.message : '';
  }
}
