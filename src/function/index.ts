/**
 * The composition function without a server: bytes of a RunFunctionRequest in, bytes of a RunFunctionResponse out. It opens no file and no
 * socket; what it needs of AWS and registries is passed in.
 */
export { WireError } from '../protocol/wire.ts';
export type { Answer, AwsRegistry, Images, RegistryToken } from './aws.ts';
export {
  type Answered,
  type CallSummary,
  createFunction,
  type FunctionOptions,
  type RunFunction,
} from './function.ts';
export type { Artifacts } from './package-cache/index.ts';
