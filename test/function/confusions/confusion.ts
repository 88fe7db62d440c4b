/** A mistake as the author of a claim or Composition writes it, in YAML, and the messages: one error, or a warning for each field. */
export type Confusion = readonly [written: string, ...answers: string[]];
