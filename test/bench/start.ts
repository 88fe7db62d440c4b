import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseImageConfig, readImageTarball } from '../../src/oci/index.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { collect } from '../oci/fixtures.ts';
import { PROGRAM } from '../program.ts';
import { toolPath } from '../tools/index.ts';
import { ownPackage } from './own-package.ts';
import { type Command, start } from './process.ts';
import { seedRequest } from './requests.ts';
import { type Arguments, bareServer, ourServer } from './servers/programs.ts';
import { median, type Row } from './table.ts';

const ROUNDS = 15;
/** Largest ratio to the bare server's time. */
const LIMIT = 2.1;
/** Largest ratio of a rendering to a Node that does nothing. */
const RENDER_LIMIT = 5;
const REQUEST = Buffer.from(encodeRequest(seedRequest));

/** Time from the start of a process to its first answer: of the bundled file on this Node, and in the unpacked image; and that of a rendering. */
export async function benchStart(): Promise<Row[]> {
  const work = mkdtempSync(join(tmpdir(), 'bench-start-'));
  try {
    const bare = await (await bareServer(work))(seedRequest);
    const here = await compare(`start to first answered call, Node ${process.versions.node}`, bare, await ourServer());
    return [here, ...(await inImage(work)), await rendering()];
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The image's own Node, flags and user. */
async function inImage(work: string): Promise<Row[]> {
  const file = ownPackage();
  if (process.getuid?.() !== 0) {
    process.stderr.write('left out: the start in the unpacked image, for which only root may chroot\n');
    return [];
  }
  const root = join(work, 'root');
  mkdirSync(root);
  await promisify(execFile)('sh', ['-c', `${toolPath('crane')} export - - < ${file} | tar -x -C ${root}`]);
  const image = await readImageTarball(file);
  const { config } = parseImageConfig(await collect(image.config.open()));
  const [node = '', ...given] = config?.Entrypoint ?? [];
  const script = given.pop();
  const user = `--userspec=${config?.User}:${config?.User}`;
  const seed = await (await bareServer(root, '/'))(seedRequest);
  return [
    await compare('the same in the unpacked image', seed, await ourServer(script), [
      'chroot',
      user,
      root,
      node,
      ...given,
    ]),
  ];
}

async function compare(name: string, bare: Arguments, ours: Arguments, command?: Command): Promise<Row> {
  const time = async (program: Arguments) => {
    const server = await start(program, REQUEST, command);
    await server.stop();
    return server.firstAnswerMs;
  };
  return measured(
    name,
    () => time(ours),
    'bare grpc-js',
    () => time(bare),
    LIMIT,
  );
}

/** The time of a process that renders the example. */
function rendering(): Promise<Row> {
  const time = async (...args: string[]) => {
    const began = performance.now();
    await promisify(execFile)(process.execPath, args);
    return performance.now() - began;
  };
  const example = join(import.meta.dirname, '../../examples/claim');
  const render = [PROGRAM, 'render', join(example, 'claim.yaml'), join(example, 'composition.yaml')];
  return measured(
    'render of the example',
    () => time(...render),
    'node -e 0',
    () => time('-e', '0'),
    RENDER_LIMIT,
  );
}

/** Measures two programs in turn, in milliseconds. */
async function measured(
  name: string,
  ours: () => Promise<number>,
  against: string,
  theirs: () => Promise<number>,
  limit: number,
): Promise<Row> {
  const times: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push({ theirs: await theirs(), ours: await ours() });
  const ratio = median(times.map((round) => round.ours / round.theirs));
  const theirMs = median(times.map((round) => round.theirs));
  return {
    name,
    unit: 'ms',
    ours: ratio * theirMs,
    against,
    theirs: theirMs,
    goal: `ratio <= ${limit}`,
    met: ratio <= limit,
  };
}
