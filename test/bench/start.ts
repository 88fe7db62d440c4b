import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseImageConfig, readImageTarball } from '../../src/oci/index.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { collect } from '../oci/fixtures.ts';
import { toolPath } from '../tools/index.ts';
import { ownPackage } from './own-package.ts';
import { type Command, start } from './process.ts';
import { seedRequest } from './requests.ts';
import { type Arguments, bareServer, ourServer } from './servers/programs.ts';
import { median, type Row } from './table.ts';

const ROUNDS = 15;
/** Largest ratio to the bare server's time. */
const LIMIT = 2.1;
const REQUEST = Buffer.from(encodeRequest(seedRequest));

/** Time from the start of a process to its first answer: of the bundled file on this Node, and in the unpacked image. */
export async function benchStart(): Promise<Row[]> {
  const work = mkdtempSync(join(tmpdir(), 'bench-start-'));
  try {
    const bare = await (await bareServer(work))(seedRequest);
    const here = await compare(`start to first answered call, Node ${process.versions.node}`, bare, await ourServer());
    return [here, ...(await inImage(work))];
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
  const times: { bare: number; ours: number }[] = [];
  const time = async (program: Arguments) => {
    const server = await start(program, REQUEST, command);
    await server.stop();
    return server.firstAnswerMs;
  };
  for (let round = 0; round < ROUNDS; round++) times.push({ bare: await time(bare), ours: await time(ours) });
  const ratio = median(times.map((round) => round.ours / round.bare));
  const bareMs = median(times.map((round) => round.bare));
  return {
    name,
    unit: 'ms',
    ours: ratio * bareMs,
    against: 'bare grpc-js',
    theirs: bareMs,
    goal: `ratio <= ${LIMIT}`,
    met: ratio <= LIMIT,
  };
}
