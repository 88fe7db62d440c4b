/**
 * The composition function without a server: it takes the bytes of a RunFunctionRequest and returns those of a RunFunctionResponse. It does
 * not open files or sockets; access to AWS and registries is passed in.
 */
export { WireError } from '../protocol/wire.ts';
export type { AwsResult, AwsRegistry, Images, RegistryToken } from './aws.ts';
export {
  type FunctionResult,
  type CallSummary,
  createFunction,
  type FunctionOptions,
  type RunFunction,
} from './function.ts';
export type { Artifacts } from './package-cache/index.ts';
