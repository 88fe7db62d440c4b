/**
 * Runs the scenarios on a real control plane: `npm run test:e2e -- [--crossplane VERSION] [--keep] [scenario…]`, by default all but those
 * on demand, on the newest Crossplane. scenarios/versions.ts has those that a version does not run. With --keep the control plane runs
 * until Ctrl-C, and runs only named scenarios. Requires the tools of test/tools, of which it installs those that the version
 * needs, and dist/main.js.
 */
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installTool, ToolError, toolPath } from '../tools/index.ts';
import { runProgram } from '../tools/run-program.ts';
import { binFolder } from '../tools/tools.ts';
import {
  type CrossplaneVersion,
  crossplaneVersions,
  DEFAULT_VERSION,
  isCrossplaneVersion,
} from './crossplane-version.ts';
import { buildPackages } from './function-package.ts';
import { FUNCTION_HOSTS } from './function-runtime.ts';
import { HarnessError } from './harness-error.ts';
import { enterCommand, isIsolated, prepareNamespaces, runIsolated } from './isolation.ts';
import { createPrograms } from './program.ts';
import { writeReport } from './report.ts';
import { type Outcome, runScenario, type Scenario } from './scenario.ts';
import { reasonAgainst, scenariosOf } from './scenarios/versions.ts';
import { startWorld, type World } from './world.ts';

const root = join(import.meta.dirname, '../..');
const out = join(root, 'out');

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

interface Options {
  readonly version: CrossplaneVersion;
  readonly keep: boolean;
  readonly chosen: readonly Scenario[];
}

function parseOptions(args: readonly string[]): Options {
  const { values, positionals: names } = parse(args);
  const { crossplane: version, keep } = values;
  if (!isCrossplaneVersion(version)) {
    const known = crossplaneVersions.join(', ');
    throw new HarnessError('BAD_USAGE', `cannot run on Crossplane "${version}"; there are ${known}`);
  }
  const possible = scenariosOf(version);
  const unknown = names.find((name) => !possible.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    const known = possible.map(({ name }) => name).join(', ');
    const why = reasonAgainst(version, unknown) ?? 'no scenario has that name';
    throw new HarnessError('BAD_USAGE', `cannot run "${unknown}" on ${version}: ${why}; there are ${known}`);
  }
  const usual = keep ? [] : possible.filter(({ onDemand }) => !onDemand);
  return { version, keep, chosen: names.length === 0 ? usual : possible.filter(({ name }) => names.includes(name)) };
}

function parse(args: readonly string[]) {
  const crossplane = { type: 'string', default: DEFAULT_VERSION } as const;
  const keep = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ args: [...args], options: { crossplane, keep }, allowPositionals: true });
  } catch (cause) {
    throw new HarnessError('BAD_USAGE', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Installs what the version needs, builds the packages, and runs this script again in namespaces of its own. */
async function outside(args: readonly string[]): Promise<number> {
  const { version, chosen } = parseOptions(args);
  await installTool(`crossplane-${version}`);
  say('building the packages …');
  await buildPackages();
  for (const { prepare } of chosen) await prepare?.(version);
  return runIsolated(import.meta.filename, args);
}

async function inside(args: readonly string[]): Promise<number> {
  const { version, keep, chosen } = parseOptions(args);
  const folder = mkdtempSync(join(tmpdir(), 'workload-ecr-e2e-'));
  const logFolder = join(folder, 'logs');
  mkdirSync(logFolder);
  const programs = createPrograms();
  process.once('SIGINT', programs.interrupt);
  process.once('SIGTERM', programs.interrupt);
  let passed = false;
  try {
    await prepareNamespaces(folder, FUNCTION_HOSTS);
    const start = performance.now();
    const world = await startWorld(version, programs, folder, logFolder);
    const startSeconds = (performance.now() - start) / 1000;
    say(`started in ${startSeconds.toFixed(1)} s`);
    const outcomes = await runAll(chosen, world);
    process.stdout.write(writeReport(out, { crossplane: version, startSeconds, outcomes }));
    if (keep) await stay(world, programs.signal);
    const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
    passed = failed === 0;
    if (!passed) await writeClusterState(world.kubeconfig, join(logFolder, 'cluster.yaml'));
    process.stdout.write(`\n${outcomes.length - failed} passed, ${failed} failed\n`);
  } finally {
    await programs.stopAll();
    if (!passed) keepLogs(logFolder);
    rmSync(folder, { recursive: true, force: true });
  }
  return passed ? 0 : 1;
}

function keepLogs(logFolder: string): void {
  const kept = join(out, 'e2e-logs');
  rmSync(kept, { recursive: true, force: true });
  cpSync(logFolder, kept, { recursive: true });
  say(`logs are in ${kept}`);
}

async function writeClusterState(kubeconfig: string, file: string): Promise<void> {
  const kinds =
    'workloadecrrepos,xworkloadecrrepos,repositories.ecr.aws.crossplane.io,functions,functionrevisions,events';
  const args = ['--kubeconfig', kubeconfig, 'get', '-A', '-o', 'yaml', '--ignore-not-found', kinds];
  writeFileSync(file, await runProgram(toolPath('kubectl'), args));
}

/** Prints how to inspect the run, and waits for Ctrl-C. */
async function stay({ kubeconfig }: World, signal: AbortSignal): Promise<void> {
  say(`\nThe control plane stays until Ctrl-C. Its kubeconfig is ${kubeconfig}; from another terminal:`);
  say(`  ${enterCommand()} env KUBECONFIG=${kubeconfig} PATH=${binFolder}:$PATH bash`);
  if (!signal.aborted) await once(signal, 'abort');
  const interrupted = signal.reason instanceof HarnessError && signal.reason.code === 'INTERRUPTED';
  if (!interrupted) throw signal.reason;
}

async function runAll(list: readonly Scenario[], world: World): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const scenario of list) {
    const outcome = await runScenario(scenario, world);
    outcomes.push(outcome);
    say(`${outcome.failure === undefined ? 'passed' : 'FAILED'} ${outcome.name} (${outcome.seconds.toFixed(1)} s)`);
  }
  return outcomes;
}

try {
  const args = process.argv.slice(2);
  process.exitCode = await (isIsolated ? inside(args) : outside(args));
} catch (error) {
  if (!(error instanceof HarnessError || error instanceof ToolError)) throw error;
  say(error.message);
  process.stdout.write('\n0 passed, 1 failed\n');
  process.exitCode = 1;
}
// Unused open connections would keep the process running.
if (isIsolated) process.exit();
