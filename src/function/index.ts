/**
 * The composition function without a server: it takes the bytes of a RunFunctionRequest and returns those of a RunFunctionResponse. It does
 * not open files or sockets; access to AWS and registries is passed in.
 */
export { WireError } from '../protocol/wire.ts';
export type { AwsRegistry, AwsResult, Images, RegistryToken } from './aws.ts';
export {
  type CallSummary,
  createFunction,
  type FunctionOptions,
  type FunctionResult,
  type RunFunction,
} from './function.ts';
export type { Artifacts } from './package-cache/index.ts';
