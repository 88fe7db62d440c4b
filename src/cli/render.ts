import { Command, Option } from 'commander';
import { createFunction } from '../function/function.ts';
import { compareResources, composedNameOf } from '../preview/model/changes.ts';
import type { Bytes } from '../protocol/wire.ts';
import { readConditions } from '../render/conditions.ts';
import { asWritten } from '../render/documents/as-written.ts';
import type { SourceObject } from '../render/documents/source.ts';
import { RenderError } from '../render/errors.ts';
import type { GrpcCaller } from '../render/grpc-caller.ts';
import {
  addressOf,
  eventMessage,
  loadInputs,
  outputObjects,
  type RenderInputs,
  type RenderOutput,
  type RenderPaths,
  render,
} from '../render/index.ts';
import { durationOption } from './options/durations.ts';
import { addPairs } from './options/key-values.ts';
import { addValue } from './options/lists.ts';
import { isChange, printedChanges } from './output/changes.ts';
import { type FormatOptions, printData, withFormat } from './output/format.ts';
import { withExamples, withHelpList } from './output/help.ts';
import { type NoteOptions, notesOf } from './output/notes.ts';
import { formatObjects } from './output/objects.ts';

interface RenderOptions extends FormatOptions, NoteOptions {
  readonly observedResources?: string;
  readonly requiredResources: readonly string[];
  readonly functionCredentials?: string;
  readonly contextFiles: Readonly<Record<string, string>>;
  readonly contextValues: Readonly<Record<string, string>>;
  readonly xrd?: string;
  readonly includeFunctionResults?: true;
  readonly includeFullXr?: true;
  readonly includeContext?: true;
  readonly diff?: true;
  readonly timeout: number;
}

/** Parses --timeout, in seconds. */
const parseTimeout = durationOption((seconds) => seconds > 0, 'a duration such as 90s or 1m');

type Run = (request: Bytes) => Promise<Bytes>;

/** Returns `render`, which renders a composite or claim as Crossplane does. Steps that name this function run in this process. */
export function renderCommand(): Command {
  const command = new Command('render')
    .description(
      'show the resources that a Composition composes from a composite resource or a claim, without a cluster',
    )
    .argument('<xr>', 'file of the composite resource or claim; - for standard input')
    .argument('<composition>', 'file of the Composition (mode: Pipeline)')
    .argument('[functions]', 'file or folder of the Functions that other steps name')
    .option('-o, --observed-resources <path>', 'file or folder of existing composed resources')
    .option('-e, --required-resources <path>', 'file or folder of resources that functions may require', addValue, [])
    .option('--function-credentials <path>', 'file or folder of Secrets for the credentials of steps')
    .option('--context-values <key=json>', 'context for the first function, as JSON or YAML', addPairs('KEY=VALUE'), {})
    .option(
      '--context-files <key=path>',
      'context for the first function, as files of JSON or YAML',
      addPairs('KEY=VALUE'),
      {},
    )
    .option('--xrd <path>', 'file of the XRD, for defaults and to distinguish claims and legacy composites')
    .option('-r, --include-function-results', 'also print events, as resources of kind Result')
    .option('-x, --include-full-xr', "also print the composite's spec and metadata")
    .option('-c, --include-context', 'also print the context after the last function, as a resource of kind Context')
    .option('--diff', 'print the changes to the observed resources instead of the resources')
    .addOption(
      new Option('--timeout <duration>', 'maximum time to wait for functions')
        .argParser(parseTimeout)
        .default(60, '60s'),
    )
    .action((xr: string, composition: string, functions: string | undefined, options: RenderOptions) =>
      renderFiles(pathsOf(xr, composition, functions, options), options),
    );
  withExamples(
    withFormat(command),
    ['render a claim', 'render claim.yaml composition.yaml'],
    ['show the changes of an edited claim', 'render claim.yaml composition.yaml -o observed --diff'],
    [
      'render with existing resources and defaults',
      'render claim.yaml composition.yaml -o observed \\\n--xrd xrd.yaml',
    ],
  );
  return withHelpList(command, 'Exit codes', [
    ['0', 'rendered; with --diff: without changes'],
    ['1', 'an error, or the claim was refused'],
    ['2', 'with --diff: there are changes. Removed fields are ignored, since providers also set fields'],
  ]);
}

/** The exit code for changes, like that of terraform plan -detailed-exitcode. */
const CHANGED = 2;

function pathsOf(
  composite: string,
  composition: string,
  functions: string | undefined,
  options: RenderOptions,
): RenderPaths {
  return {
    composite,
    composition,
    functions,
    definition: options.xrd,
    observed: options.observedResources,
    required: options.requiredResources,
    credentials: options.functionCredentials,
    contextValues: options.contextValues,
    contextFiles: options.contextFiles,
  };
}

async function renderFiles(paths: RenderPaths, options: RenderOptions): Promise<void> {
  const deadline = new Date(Date.now() + options.timeout * 1000);
  const notes = notesOf(options);
  const { inputs, functions, given, warnings } = await loadInputs(paths);
  for (const line of warnings) notes.warn(line);
  const addresses = new Map(
    inputs.composition.pipeline.map(({ functionName }) => [functionName, addressOf(functionName, functions)]),
  );
  const remote = [...addresses.values()].some(({ kind }) => kind === 'grpc');
  // Load the gRPC client only for pipelines with other functions.
  const caller = remote ? (await import('../render/grpc-caller.ts')).createGrpcCaller(deadline) : undefined;
  const run = createFunction();
  const output = await renderWith(inputs, addresses, caller, async (request) => (await run(request)).response).catch(
    (error: unknown) => {
      throw error instanceof RenderError ? inWords(error, given) : error;
    },
  );
  for (const line of report(output, options.includeFunctionResults === true)) notes.info(line);
  if (options.diff) return printChanges(output, inputs, options);
  const objects = outputObjects(output, {
    fullComposite: options.includeFullXr === true,
    results: options.includeFunctionResults === true,
    context: options.includeContext === true,
  });
  process.stdout.write(formatObjects(objects, options));
}

function printChanges({ composed }: RenderOutput, { observed }: RenderInputs, options: RenderOptions): void {
  const changes = compareResources(
    composed,
    observed.filter((resource) => composedNameOf(resource) !== ''),
  );
  printData(printedChanges(changes), options);
  if (changes.some(isChange)) process.exitCode = CHANGED;
}

/** Returns the error with numbers as they are written in the file of the claim. */
function inWords(error: RenderError, { object, writtenAt }: SourceObject): RenderError {
  if (error.code !== 'FATAL_RESULT') return error;
  const [prefix = ''] = /^.*? returned a fatal result: /.exec(error.message) ?? [];
  const said = asWritten(error.message.slice(prefix.length), { value: object, writtenAt });
  return new RenderError(error.code, `${prefix}${said}`, { cause: error });
}

async function renderWith(
  inputs: RenderInputs,
  addresses: ReadonlyMap<string, ReturnType<typeof addressOf>>,
  caller: GrpcCaller | undefined,
  run: Run,
): Promise<RenderOutput> {
  try {
    return await render(inputs, async (functionName, request) => {
      const address = addresses.get(functionName);
      if (caller && address?.kind === 'grpc') return caller.call(functionName, address.target, request);
      return run(request);
    });
  } finally {
    caller?.close();
  }
}

/** Formats the results of the functions and the composite's conditions as lines. */
function report(output: RenderOutput, resultsPrinted: boolean): string[] {
  const said = resultsPrinted ? [] : output.events.filter(({ step }) => step !== undefined);
  const results = said.map((event) => `${event.type} ${event.reason}: ${eventMessage(event)}`);
  const conditions = (readConditions(output.composite) ?? []).map(({ type, status, reason, message }) =>
    message === undefined ? `${type}=${status} (${reason})` : `${type}=${status} (${reason}): ${message}`,
  );
  return [...results, ...conditions];
}
