/**
 * Runs the scenarios on a real control plane: `npm run test:e2e -- [--keep] [scenario…]`, all of them by default. With --keep the
 * control plane stays until Ctrl-C; with no scenario named beside it, none is run. Wants the tools of test/tools and dist/main.js.
 */
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolError, toolPath } from '../tools/index.ts';
import { runProgram } from '../tools/run-program.ts';
import { binFolder } from '../tools/tools.ts';
import { FUNCTION_HOSTS } from './function-runtime.ts';
import { HarnessError } from './harness-error.ts';
import { enterCommand, isIsolated, prepareNamespaces, runIsolated } from './isolation.ts';
import { createPrograms } from './program.ts';
import { writeReport } from './report.ts';
import { type Outcome, runScenario, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { startWorld, type World } from './world.ts';

const root = join(import.meta.dirname, '../..');
const out = join(root, 'out');

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function chosen(args: readonly string[]): readonly Scenario[] {
  const names = args.filter((arg) => arg !== '--keep');
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    const known = scenarios.map(({ name }) => name).join(', ');
    throw new HarnessError('BAD_USAGE', `no scenario is called "${unknown}"; there are ${known}`);
  }
  if (names.length === 0) return args.includes('--keep') ? [] : scenarios;
  return scenarios.filter(({ name }) => names.includes(name));
}

/** Builds the packages, and runs this script again in namespaces of its own. */
async function outside(args: readonly string[]): Promise<number> {
  chosen(args);
  say('building the packages …');
  await runProgram(process.execPath, ['--import', 'tsx', join(root, 'package/build.ts')]);
  return runIsolated(import.meta.filename, args);
}

async function inside(args: readonly string[]): Promise<number> {
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
    const world = await startWorld(programs, folder, logFolder);
    const startSeconds = (performance.now() - start) / 1000;
    say(`started in ${startSeconds.toFixed(1)} s`);
    const outcomes = await runAll(chosen(args), world);
    process.stdout.write(writeReport(out, startSeconds, outcomes));
    if (args.includes('--keep')) await keep(world, programs.signal);
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

/** Says how to look around, and waits for Ctrl-C. */
async function keep({ kubeconfig }: World, signal: AbortSignal): Promise<void> {
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
// Connections that nobody waits for any more would keep the process.
if (isIsolated) process.exit();
