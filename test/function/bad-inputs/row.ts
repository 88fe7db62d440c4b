import type { JsonObject } from '../../../src/json/value.ts';

/** Something a person may get wrong, and where the function must say so. The message itself is in examples/reference/bad-input.md. */
export interface BadInput {
  readonly what: string;
  /** Whose rule it breaks. */
  readonly rule: string;
  /** Paths of the fields that the message names, in its order. */
  readonly paths: readonly string[];
  /** Fields of the Input; left out, `defaults: {deletion: Force}`. */
  readonly input?: JsonObject;
  /** The whole Input object, where its kind or version is what is wrong. */
  readonly wholeInput?: JsonObject;
  /** Put over the parameters of the example claim; undefined takes one away. */
  readonly parameters?: JsonObject;
  /** The whole composite. */
  readonly composite?: JsonObject;
}

export const ROLE = 'arn:aws:iam::111122223333:role/builder';

export const upjet = { provider: { flavor: 'ecr.aws.upbound.io' } };

/** Lets claims have what is for a whole prefix. */
export const granted = {
  allowed: {
    creationTemplates: {},
    pullThroughCaches: { upstreams: ['registry.example.com', 'a.example.com', 'b.example.com'] },
  },
};

export const grantedUpjet = { ...upjet, ...granted };

export const namespaced = { provider: { flavor: 'ecr.aws.m.upbound.io' } };

/** A raw repository policy of one statement that is all right but for what is put over it. */
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

/** One row: what is wrong, whose rule it is, the paths named, the parameters, and the Input where it matters. */
export function row(what: string, rule: string, paths: string[], parameters: JsonObject, input?: JsonObject): BadInput {
  return {
    what,
    rule,
    paths: paths.map((path) => (path.startsWith('input') ? path : `${P}.${path}`)),
    parameters,
    ...(input && { input }),
  };
}
