import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Client, credentials } from '@grpc/grpc-js';
import { parse, stringify } from 'yaml';
import { isObject, type Json, type JsonObject } from '../src/json/value.ts';
import { decodeResponse } from '../src/protocol/caller/decode-response.ts';
import {
  Ready,
  type Resource,
  type RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
} from '../src/protocol/messages.ts';
import { encodeRequest } from '../src/protocol/request.ts';
import { compositeOfClaim } from '../src/render/claim.ts';

// What `npm run demo` shows: the service is started as a process of its own, and the example claim goes through it over gRPC twice, as
// Crossplane would send it: when it is new, and when the provider has made its repositories.

const PATH = '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction';
const ACCOUNT = '123456789012';
const example = `${import.meta.dirname}/claim`;
const claim = parse(readFileSync(`${example}/claim.yaml`, 'utf8'));
const composition = parse(readFileSync(`${example}/composition.yaml`, 'utf8'));
const composite: JsonObject = JSON.parse(
  JSON.stringify(compositeOfClaim(claim, composition.spec.compositeTypeRef.kind)),
);
const input: JsonObject = composition.spec.pipeline[0].input;

const server = spawn(
  process.execPath,
  [`${import.meta.dirname}/../dist/main.js`, '--insecure', '--address', '127.0.0.1:0', '--http-address', '127.0.0.1:0'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
try {
  const address = await listening();
  say(`The function listens on ${address}. A developer applies this claim:\n`);
  print(claim);
  const fresh = await call(address, {});
  say('Crossplane asks the function, and the function wants these two repositories:\n');
  for (const [name, { resource }] of Object.entries(fresh.desired.resources ?? {})) {
    say(`# composed resource ${name}`);
    print(resource ?? {});
  }
  report(fresh);
  const settled = await call(address, madeByProvider(fresh));
  say('The AWS provider makes them, Crossplane asks again, and the claim says where to push:\n');
  print({ status: settled.desired.composite?.resource?.status ?? {} });
  report(settled);
} finally {
  server.kill('SIGTERM');
}

/** Waits for the line of the log that names the port. */
async function listening(): Promise<string> {
  for await (const line of createInterface(server.stdout)) {
    const { msg, port } = JSON.parse(line);
    if (msg === 'serving') return `127.0.0.1:${port}`;
  }
  const [code] = await once(server, 'exit');
  throw new Error(`the function ended with exit code ${code}`);
}

/** Calls the function as Crossplane does: again, when it first wants to know who else has repositories of these names. Nobody has. */
async function call(address: string, resources: Record<string, Resource>): Promise<RunFunctionResponse> {
  const request = { meta: { tag: 'demo' }, observed: { composite: { resource: composite }, resources }, input };
  const response = await callOnce(address, request);
  const asked = Object.keys(response.requirements.extraResources ?? {});
  if (asked.length === 0) return response;
  return callOnce(address, { ...request, extraResources: Object.fromEntries(asked.map((name) => [name, []])) });
}

async function callOnce(address: string, fields: RunFunctionRequest): Promise<RunFunctionResponse> {
  const client = new Client(address, credentials.createInsecure());
  const request = Buffer.from(encodeRequest(fields));
  const pass = (bytes: Buffer) => bytes;
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(PATH, pass, pass, request, (error, response) => {
        if (error || !response) reject(error ?? new Error('the function gave no response'));
        else resolve(decodeResponse(response));
      });
    });
  } finally {
    client.close();
  }
}

/** The desired resources as the provider leaves them once AWS has them. */
function madeByProvider({ desired }: RunFunctionResponse): Record<string, Resource> {
  const entries = Object.entries(desired.resources ?? {}).map(([name, { resource }]): [string, Resource] => {
    const externalName = text(at(resource, 'metadata', 'annotations', 'crossplane.io/external-name'));
    const region = text(at(resource, 'spec', 'forProvider', 'region'));
    const status = {
      atProvider: {
        repositoryUri: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/${externalName}`,
        repositoryArn: `arn:aws:ecr:${region}:${ACCOUNT}:repository/${externalName}`,
      },
      conditions: ['Ready', 'Synced'].map((type) => ({ type, status: 'True' })),
    };
    return [name, { resource: { ...resource, status } }];
  });
  return Object.fromEntries(entries);
}

function report({ results, conditions, desired, meta }: RunFunctionResponse): void {
  for (const { severity, message } of results) say(`  ${severity === Severity.NORMAL ? '·' : '!'} ${message}`);
  for (const { type, reason, status } of conditions) say(`  ${status === 2 ? '✓' : '…'} ${type}: ${reason}`);
  const resources = Object.values(desired.resources ?? {});
  const ready = resources.filter((resource) => resource.ready === Ready.TRUE).length;
  say(`  ${ready} of ${resources.length} repositories ready; call again in ${meta.ttlSeconds} s\n`);
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, key) => (isObject(found) ? found[key] : undefined), value);
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function print(value: Json): void {
  say(stringify(value, { lineWidth: 0 }).replaceAll(/^(?=.)/gm, '    '));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
