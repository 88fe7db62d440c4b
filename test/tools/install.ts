/**
 * Installs the programs that the conformance and end-to-end tests run: `npx tsx test/tools/install.ts [name…]`, by default
 * all but those that are installed on demand. A tool whose stamp still matches is left alone. Progress goes to standard error.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProgram } from './run-program.ts';
import { readStamp, stampOf, writeStamp } from './stamp.ts';
import { ToolError } from './tool-error.ts';
import {
  binFolder,
  crdSetFolder,
  type DebianTool,
  type GoTool,
  isToolName,
  type NpmTool,
  type PythonTool,
  programFile,
  type Tool,
  type ToolName,
  tools,
  toolsFolder,
  treeFolder,
} from './tools.ts';

/** What a tool is built or run with, by the tool's kind: another version means another installation. */
const platformOf = {
  go: () => runProgram('go', ['version']),
  python: () => runProgram('python3', ['--version']),
  debian: async () => process.arch,
  npm: async () => process.arch,
};

async function install(name: ToolName): Promise<void> {
  const tool: Tool = tools[name];
  const stamp = await stampOf(tool, await platformOf[tool.kind](), toolsFolder);
  const stampFile = join(binFolder, 'stamps', name);
  if ((await readStamp(stampFile)) === stamp && existsSync(programFile(name))) return;
  const started = Date.now();
  report(`installing ${name} …`);
  await mkdir(binFolder, { recursive: true });
  const work = await mkdtemp(join(binFolder, '.work-'));
  try {
    await installInto(name, tool, work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await writeStamp(stampFile, stamp);
  report(`installed ${name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function installInto(name: ToolName, tool: Tool, work: string): Promise<void> {
  switch (tool.kind) {
    case 'go':
      return installGo(name, tool, work);
    case 'debian':
      return installDebian(name, tool, work);
    case 'npm':
      return installNpm(name, tool, work);
    case 'python':
      return installPython(tool);
  }
}

/** Builds one Go program and copies the CRDs that belong to it. */
async function installGo(name: ToolName, tool: GoTool, work: string): Promise<void> {
  const options = { cwd: join(toolsFolder, tool.folder), env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' } };
  await runProgram('go', ['mod', 'download', tool.module], options);
  const found = await runProgram('go', ['list', '-m', '-f', '{{.Version}}\n{{.Dir}}', tool.module], options);
  const [version = '', folder = ''] = found.split('\n');
  const linked = tool.versionVariable === undefined ? '' : ` -X ${tool.versionVariable}=${version}`;
  const program = join(work, name);
  await runProgram('go', ['build', '-trimpath', '-ldflags', `-s -w${linked}`, '-o', program, tool.package], options);
  if (tool.crds !== undefined) {
    await copyFiles(join(folder, tool.crds.folder), join(work, 'crds'));
    await replaceFolder(join(work, 'crds'), crdSetFolder(tool.crds.name));
  }
  await rename(program, programFile(name));
}

/** Copies files into a new folder; a copy of the folder itself would be as read-only as Go's module cache. */
async function copyFiles(source: string, target: string): Promise<void> {
  await mkdir(target);
  for (const file of await readdir(source)) await copyFile(join(source, file), join(target, file));
}

async function replaceFolder(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { recursive: true, force: true });
  await rename(source, target);
}

/** Takes one program out of a Debian package, with all that it needs where that is more. */
async function installDebian(name: ToolName, tool: DebianTool, work: string): Promise<void> {
  for (const wanted of [tool.package, ...(tool.needs ?? [])]) await downloadDebian(wanted, work);
  for (const archive of await readdir(work)) {
    await runProgram('dpkg-deb', ['--extract', archive, 'unpacked'], { cwd: work });
  }
  if (tool.needs === undefined) await rename(join(work, 'unpacked', tool.file), programFile(name));
  else await replaceFolder(join(work, 'unpacked'), treeFolder(name));
}

/** Downloads a package, after one refresh of the package lists where they are missing or name what is gone. */
async function downloadDebian(name: string, folder: string): Promise<void> {
  const download = () => runProgram('apt-get', ['download', name], { cwd: folder });
  try {
    await download();
  } catch (error) {
    if (!(error instanceof ToolError && error.code === 'STEP_FAILED')) throw error;
    await refreshPackageLists(name);
    await download();
  }
}

async function refreshPackageLists(wanted: string): Promise<void> {
  if (process.getuid?.() !== 0) {
    const why = 'the package lists are missing or too old, and only root may refresh them';
    throw new ToolError('STEP_FAILED', `cannot download ${wanted}: ${why}; run: sudo apt-get update`);
  }
  report('refreshing the Debian package lists …');
  await runProgram('apt-get', ['update']);
}

/** Takes one program out of an npm package, whose checksum npm verifies. */
async function installNpm(name: ToolName, tool: NpmTool, work: string): Promise<void> {
  const archive = await runProgram('npm', ['pack', '--silent', `${tool.package}@${tool.version}`], { cwd: work });
  await runProgram('tar', ['--extract', '--gzip', '--file', archive.trim()], { cwd: work });
  await rename(join(work, 'package', tool.file), programFile(name));
}

/** Makes the virtual environment anew and installs what the tool requires in it. */
async function installPython(tool: PythonTool): Promise<void> {
  const environment = join(binFolder, tool.environment);
  await runProgram('python3', ['-m', 'venv', '--clear', environment]);
  await runProgram(join(environment, 'bin', 'pip'), ['install', '--quiet', ...tool.requirements]);
}

function isOnDemand(tool: Tool): boolean {
  return tool.kind === 'go' && tool.onDemand === true;
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(names: readonly string[]): Promise<void> {
  const known = Object.keys(tools).filter(isToolName);
  const wanted = names.map((name) => {
    if (isToolName(name)) return name;
    throw new ToolError('UNKNOWN_TOOL', `no tool is called "${name}"; there are ${known.join(', ')}`);
  });
  const usual = known.filter((name) => !isOnDemand(tools[name]));
  for (const name of wanted.length === 0 ? usual : wanted) await install(name);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ToolError)) throw error;
  report(error.message);
  process.exitCode = 1;
}
