/** The Elastic Container Registry of AWS: its host names, login tokens and images. */

export { type EcrRegistryClient, type EcrRegistryOptions, ecrRegistry } from './registry.ts';
export { registryClass } from './registry-class.ts';
export { type EcrRegistry, parseEcrHost } from './registry-host.ts';
export {
  type EcrToken,
  type EcrTokenSourceOptions,
  ecrTokenSource,
  ecrTokenSources,
  type FetchEcrToken,
  fetchEcrToken,
} from './token-source.ts';
