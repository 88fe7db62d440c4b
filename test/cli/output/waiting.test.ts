import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Notes, notesOf } from '../../../src/cli/output/notes.ts';
import { reportedRetries, waitingNotes } from '../../../src/cli/output/waiting.ts';
import { createRegistryClient, parseReference } from '../../../src/oci/index.ts';
import { startProgram } from '../../program.ts';

let said: string[];
let notes: Notes;
beforeEach(() => {
  said = [];
  const add = (line: string) => said.push(line);
  notes = { warn: add, info: add, debug: add };
});

describe('a wait', () => {
  test('that is short is not reported', async () => {
    waitingNotes(notes, true, 20)('x')();
    await sleep(40);
    expect(said).toEqual([]);
  });

  test('that is long is reported once in a log, and its result at level debug', async () => {
    const done = waitingNotes(notes, false, 20)('GET https://a/');
    await sleep(60);
    done('200');
    expect(said).toEqual([
      'waiting for GET https://a/ for 0s',
      expect.stringMatching(/^GET https:\/\/a\/: 200 \(\d+ ms\)$/),
    ]);
  });
});

test('a wait between two attempts is reported with the error', async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    // The first request determines the scheme.
    response.writeHead(asked === 2 ? 503 : 200).end('{"name": "a/b", "tags": ["v1"]}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const client = createRegistryClient({
    retry: reportedRetries(notes, { attempts: 3, baseDelayMs: 1, maxDelayMs: 5 }),
  });
  expect(await client.listTags(parseReference(`${host}/a/b`))).toEqual(['v1']);
  await client.destroy();
  server.close();
  expect(said).toEqual([expect.stringMatching(/^waiting 0\.0 s before attempt 2 of 3: cannot list the tags of .*503/)]);
});

describe('a registry that hangs', () => {
  let server: Server;
  let host: string;
  /** Path of the requests that get no response or a partial one. */
  let hangs: RegExp;
  let onHanging: () => void;
  beforeEach(async () => {
    onHanging = () => undefined;
    server = createServer(({ url = '' }, response) => {
      if (hangs.test(url)) onHanging();
      if (!hangs.test(url)) response.end('{}');
      else if (url.includes('tags')) response.write('{"tags": [');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ['before its response', /manifests/, /^waiting for GET http:\/\/127.0.0.1:\d+\/v2\/a\/b\/manifests\/v1 for 0s$/],
    ['during its response', /tags/, /^waiting for the rest of GET http:\S+\/tags\/list\S* for 0s$/],
  ])('%s is reported', async (_, path, line) => {
    hangs = path;
    const client = createRegistryClient({
      timeoutMs: 200,
      onWait: waitingNotes({ ...notes, debug: () => undefined }, false, 50),
    });
    const reference = parseReference(`${host}/a/b:v1`);
    await expect(path.test('tags') ? client.listTags(reference) : client.fetchManifest(reference)).rejects.toThrow();
    await client.destroy();
    // On a busy machine, the earlier requests take long, too.
    expect(said.at(-1)).toMatch(line);
  });

  test.each([
    [[], /^waiting for GET http:\S+\/manifests\/v1 for 3s\n$/],
    [['--quiet'], /^$/],
  ])('is reported by a command after three seconds: %s', async (options, expected) => {
    hangs = /manifests/;
    const { process: child, ended } = startProgram(['xpkg', 'inspect', `${host}/a/b:v1`, ...options]);
    // Counted from the request: on a busy machine, the program starts late.
    onHanging = () => setTimeout(() => child.kill(), 4_000);
    expect((await ended).stderr).toMatch(expected);
  });
});

test.each([
  [{}, ['w', 'i']],
  [{ quiet: true }, []],
  [{ logLevel: 'error' }, []],
  [{ logLevel: 'warn' }, ['w']],
  [{ logLevel: 'debug' }, ['w', 'i', 'd']],
] as const)('notes of %j are %j', (options, expected) => {
  const lines: string[] = [];
  const { warn, info, debug } = notesOf(options, (line) => lines.push(line));
  warn('w');
  info('i');
  debug('d');
  expect(lines).toEqual(expected.map((line) => `${line}\n`));
});
