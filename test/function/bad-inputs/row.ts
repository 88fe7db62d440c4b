import type { JsonObject } from '../../../src/json/value.ts';

/** A mistake in a claim or Input, and the paths that the function must report. The message itself is in examples/reference/bad-input.md. */
export interface BadInput {
  readonly what: string;
  /** The rule that it violates. */
  readonly rule: string;
  /** Paths of the fields that the message names, in its order. */
  readonly paths: readonly string[];
  /** Fields of the Input. Default: `defaults: {deletion: Force}`. */
  readonly input?: JsonObject;
  /** The whole Input object, if its kind or version is invalid. */
  readonly wholeInput?: JsonObject;
  /** Merged into the parameters of the example claim; undefined removes one. */
  readonly parameters?: JsonObject;
  /** The whole composite. */
  readonly composite?: JsonObject;
}

export const ROLE = 'arn:aws:iam::111122223333:role/builder';

export const upjet = { provider: { flavor: 'ecr.aws.upbound.io' } };

/** Allows claims to have resources for a whole prefix. */
export const granted = {
  allowed: {
    creationTemplates: {},
    pullThroughCaches: { upstreams: ['registry.example.com', 'a.example.com', 'b.example.com'] },
  },
};

export const grantedUpjet = { ...upjet, ...granted };

export const namespaced = { provider: { flavor: 'ecr.aws.m.upbound.io' } };

/** A raw repository policy of one statement that is valid except for the given fields. */
export const policy = (statement: JsonObject, over: JsonObject = {}) => ({
  access: {
    policy: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'ecr:BatchGetImage', ...statement }],
      ...over,
    },
  },
});

const P = 'spec.parameters';

/** One row: the mistake, the rule, the paths, the parameters, and the Input if it matters. */
export function row(what: string, rule: string, paths: string[], parameters: JsonObject, input?: JsonObject): BadInput {
  return {
    what,
    rule,
    paths: paths.map((path) => (path.startsWith('input') ? path : `${P}.${path}`)),
    parameters,
    ...(input && { input }),
  };
}
