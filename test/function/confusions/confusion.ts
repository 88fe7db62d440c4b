/** A mistake as the author of a claim or Composition writes it, in YAML, and the answer: one message, or a warning for each field. */
export type Confusion = readonly [written: string, ...answers: string[]];
