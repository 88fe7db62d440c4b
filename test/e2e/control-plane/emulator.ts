import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeRepositoriesCommand, ECRClient, type Repository } from '@aws-sdk/client-ecr';
import * as z from 'zod';
import { toolPath } from '../../tools/index.ts';
import type { Programs } from '../program.ts';

const URL = 'http://127.0.0.1:5566';
const CREDENTIALS = { accessKeyId: 'e2e', secretAccessKey: 'e2e' };

/** The emulator's address, in the form for a ProviderConfig of provider-aws. */
export const EMULATOR_ENDPOINT = { hostnameImmutable: true, url: { type: 'Static', static: URL } };

/** The AWS credentials file of the provider; the emulator accepts any. */
export const CREDENTIALS_FILE = `[default]
aws_access_key_id = ${CREDENTIALS.accessKeyId}
aws_secret_access_key = ${CREDENTIALS.secretAccessKey}
`;

/** The ECR emulator and its content. */
export interface Emulator {
  readonly ecr: ECRClient;
  /** All repositories by name. */
  repositories(): Promise<ReadonlyMap<string, Repository>>;
  /** The names of the repositories whose name contains a text, in order. */
  namesWith(text: string): Promise<string[]>;
  /** All calls of ECR actions since the emulator started, in order. */
  calls(): Promise<EcrCall[]>;
  /** The creations and deletions of repositories whose name contains a text, such as `CreateRepository e2e/app`, sorted. */
  changes(text: string): Promise<string[]>;
}

/** One call of ECR's API. */
export interface EcrCall {
  /** Such as `CreateRepository`. */
  readonly action: string;
  readonly repository: string | undefined;
}

const recorded = z.object({ headers: z.record(z.string(), z.unknown()), body: z.string() });
const request = z.object({ repositoryName: z.string().optional() });

/** Starts the emulator of ECR. */
export async function startEmulator(programs: Programs, logFolder: string, region: string): Promise<Emulator> {
  const recording = join(logFolder, 'ecr-calls.jsonl');
  await programs.start({
    name: 'ecr-emulator',
    file: toolPath('moto_server'),
    args: ['-H', '127.0.0.1', '-p', '5566'],
    env: { MOTO_ENABLE_RECORDING: 'true', MOTO_RECORDER_FILEPATH: recording },
    logFolder,
    ready: /Running on http/,
  });
  const ecr = new ECRClient({ endpoint: URL, region, credentials: CREDENTIALS });
  const calls = async () => readCalls(await readFile(recording, 'utf8'));
  return {
    ecr,
    calls,
    repositories: () => describeRepositories(ecr),
    async namesWith(text) {
      return [...(await describeRepositories(ecr)).keys()].filter((name) => name.includes(text)).sort();
    },
    async changes(text) {
      const changes = (await calls()).filter(({ action }) => /^(Create|Delete)Repository$/.test(action));
      return changes
        .filter(({ repository }) => repository?.includes(text))
        .map(({ action, repository }) => `${action} ${repository}`)
        .sort();
    },
  };
}

async function describeRepositories(ecr: ECRClient): Promise<ReadonlyMap<string, Repository>> {
  const found = new Map<string, Repository>();
  let nextToken: string | undefined;
  do {
    const page = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 1000, nextToken }));
    for (const repository of page.repositories ?? []) found.set(repository.repositoryName ?? '', repository);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

/** The ECR calls among recorded requests, one JSON object in each line. */
function readCalls(recording: string): EcrCall[] {
  const lines = recording.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    const { headers, body } = recorded.parse(JSON.parse(line));
    const target = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-amz-target')?.[1];
    const action = /^AmazonEC2ContainerRegistry_V\d+\.(\w+)$/.exec(String(target))?.[1];
    if (action === undefined) return [];
    const { repositoryName } = request.parse(JSON.parse(Buffer.from(body, 'base64').toString()));
    return [{ action, repository: repositoryName }];
  });
}
