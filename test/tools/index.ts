import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';
import { ToolError } from './tool-error.ts';
import { crdSetFolder, programFile, type Tool, type ToolName, tools } from './tools.ts';

export { ToolError } from './tool-error.ts';
export type { ToolName } from './tools.ts';

/** The absolute path of an installed tool; throws NOT_INSTALLED with the command that installs it. */
export function toolPath(name: ToolName): string {
  return installed(programFile(name), name);
}

/** The absolute path of a folder of CRDs, one YAML file each; throws NOT_INSTALLED with the command that brings it. */
export function crdFolder(set: string): string {
  const owner = Object.entries<Tool>(tools).find(([, tool]) => tool.kind === 'go' && tool.crds?.name === set);
  return installed(crdSetFolder(set), owner?.[0] ?? set);
}

function installed(path: string, tool: string): string {
  if (existsSync(path)) return path;
  throw new ToolError('NOT_INSTALLED', `cannot find ${path}: install it with: npx tsx test/tools/install.ts ${tool}`);
}

/** Installs a tool, or leaves it as it is when it is up to date. */
export async function installTool(name: ToolName): Promise<void> {
  await runProgram(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'install.ts'), name]);
}
