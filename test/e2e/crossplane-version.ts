import { type ToolName, tools } from '../tools/tools.ts';

type VersionOf<Name> = Name extends `crossplane-${infer Version}` ? Version : never;

/** A version of Crossplane that test/tools can install. */
export type CrossplaneVersion = VersionOf<ToolName>;

/** The default version of the scenarios. */
export const DEFAULT_VERSION: CrossplaneVersion = 'v2.4.0';

/** All of them, the newest first. */
export const crossplaneVersions: readonly CrossplaneVersion[] = Object.keys(tools)
  .flatMap((name) => name.match(/^crossplane-(v.+)$/)?.[1] ?? [])
  .filter(isCrossplaneVersion)
  .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));

/** True for a version that test/tools can install. */
export function isCrossplaneVersion(version: string): version is CrossplaneVersion {
  return Object.hasOwn(tools, `crossplane-${version}`);
}

/** The major version. */
export function majorOf(version: CrossplaneVersion): 1 | 2 {
  return version.startsWith('v1.') ? 1 : 2;
}
