export { RenderError, type RenderErrorCode } from './errors.ts';
export { addressOf } from './functions.ts';
export { loadInputs, type RenderPaths } from './load.ts';
export type { RenderEvent } from './pipeline.ts';
export { eventMessage, type PrintOptions, printOutput } from './print.ts';
export { type RenderInputs, type RenderOutput, render } from './render.ts';
