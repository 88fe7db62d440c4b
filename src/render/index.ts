export { addressOf } from './documents/functions.ts';
export { loadInputs, type RenderPaths } from './documents/load.ts';
export { RenderError, type RenderErrorCode } from './errors.ts';
export type { RenderEvent } from './pipeline.ts';
export { eventMessage, outputObjects, type PrintOptions, printOutput } from './print.ts';
export { type RenderInputs, type RenderOutput, render } from './render.ts';
