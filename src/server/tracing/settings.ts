import type { Environment } from '../../internal/environment.ts';
import { readRegularFile } from '../../internal/files/read-file.ts';
import { quote } from '../../internal/quote.ts';
import { reasonOf } from '../../internal/reason.ts';
import { ServerError } from '../errors.ts';

/** Decides whether a trace that begins here is recorded: one in `ratio` of all traces. */
export interface Sampling {
  readonly ratio: number;
  /** True when the decision of the caller applies to its traces. */
  readonly followsParent: boolean;
}

/** The settings of traces, from the standard environment variables. */
export interface TracingSettings {
  readonly endpoint: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Certificates and key in PEM. */
  readonly tls: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** The attributes of the resource. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly sampling: Sampling;
  readonly delayMs: number;
  readonly maxQueued: number;
  readonly maxBatch: number;
}

const DEFAULT_ENDPOINT = 'http://localhost:4318';
const MAX_PEM_BYTES = 1_048_576;
const SAMPLERS = ['always_on', 'always_off', 'traceidratio'];

/**
 * Reads the settings from OTEL_* variables. Those of OTLP may contain `_TRACES`
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Throws {@link ServerError} for an invalid variable.
 */
export async function readTracingSettings(env: Environment, version: string): Promise<TracingSettings> {
  const exporter = env.OTEL_TRACES_EXPORTER || 'otlp';
  if (exporter !== 'otlp') throw invalid('OTEL_TRACES_EXPORTER', exporter, 'must be otlp or none');
  const otlp = (name: string) => firstSet(env, `OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`);
  const protocol = otlp('PROTOCOL');
  if (protocol && !/^http\//.test(protocol.value)) {
    throw invalid(protocol.name, protocol.value, 'must be http/json, which collectors accept on port 4318');
  }
  const readPem = async (name: string) => {
    const file = otlp(name);
    return file && (await readFile(file.name, file.value));
  };
  const [ca, cert, key] = await Promise.all([
    readPem('CERTIFICATE'),
    readPem('CLIENT_CERTIFICATE'),
    readPem('CLIENT_KEY'),
  ]);
  return {
    endpoint: endpointOf(env),
    headers: pairsOf(otlp('HEADERS')),
    timeoutMs: numberOf(otlp('TIMEOUT'), 10_000),
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    attributes: {
      'service.name': 'function-workload-ecr',
      'service.version': version,
      ...pairsOf(firstSet(env, 'OTEL_RESOURCE_ATTRIBUTES')),
      ...(env.OTEL_SERVICE_NAME && { 'service.name': env.OTEL_SERVICE_NAME }),
    },
    sampling: samplingOf(env),
    delayMs: numberOf(firstSet(env, 'OTEL_BSP_SCHEDULE_DELAY'), 5_000),
    maxQueued: numberOf(firstSet(env, 'OTEL_BSP_MAX_QUEUE_SIZE'), 2_048),
    maxBatch: numberOf(firstSet(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'), 512),
  };
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** Returns the first variable that is set and not empty. */
function firstSet(env: Environment, ...names: readonly string[]): Variable | undefined {
  const name = names.find((one) => env[one]);
  return name === undefined ? undefined : { name, value: env[name] ?? '' };
}

function endpointOf(env: Environment): URL {
  const own = firstSet(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  if (own) return parseUrl(own);
  const name = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const base = parseUrl(firstSet(env, name) ?? { name, value: DEFAULT_ENDPOINT });
  return new URL(`${base.pathname.replace(/\/$/, '')}/v1/traces`, base);
}

function parseUrl({ name, value }: Variable): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw invalid(name, value, 'must be a URL such as http://collector.example:4318');
}

/** Parses `name=value` pairs, separated by commas, with percent-encoding as in W3C Baggage. The values may be secrets. */
function pairsOf(list: Variable | undefined): Record<string, string> {
  if (list === undefined) return {};
  const pairs = list.value.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      try {
        if (name !== undefined && value !== undefined) return [name, decodeURIComponent(value)];
      } catch {
        // An invalid escape results in the same error.
      }
      throw new ServerError('BAD_TRACING', `invalid ${list.name}: must be a list such as name=value,other=value`);
    }),
  );
}

function samplingOf(env: Environment): Sampling {
  const sampler = env.OTEL_TRACES_SAMPLER || 'parentbased_always_on';
  const [, parent, kind = ''] = /^(parentbased_)?(.*)$/.exec(sampler) ?? [];
  if (!SAMPLERS.includes(kind)) {
    throw invalid('OTEL_TRACES_SAMPLER', sampler, `must be ${SAMPLERS.join(', ')}, or one of them after parentbased_`);
  }
  const ratio = numberOf(firstSet(env, 'OTEL_TRACES_SAMPLER_ARG'), 1);
  if (ratio > 1) throw invalid('OTEL_TRACES_SAMPLER_ARG', String(ratio), 'must be at most 1');
  return { followsParent: parent !== undefined, ratio: kind === 'always_off' ? 0 : kind === 'always_on' ? 1 : ratio };
}

function numberOf(variable: Variable | undefined, fallback: number): number {
  if (variable === undefined) return fallback;
  const number = Number(variable.value);
  if (Number.isFinite(number) && number >= 0) return number;
  throw invalid(variable.name, variable.value, 'must be a non-negative number');
}

async function readFile(name: string, path: string): Promise<Buffer> {
  try {
    return await readRegularFile(path, MAX_PEM_BYTES);
  } catch (error) {
    throw new ServerError('BAD_TRACING', `cannot read ${path}, the file of ${name}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function invalid(name: string, value: string, rule: string): ServerError {
  return new ServerError('BAD_TRACING', `invalid ${name} ${quote(value)}: ${rule}`);
}
