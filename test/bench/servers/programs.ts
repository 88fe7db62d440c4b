import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createFunction } from '../../../src/function/function.ts';
import type { RunFunctionRequest } from '../../../src/protocol/messages.ts';
import { encodeRequest } from '../../../src/protocol/request.ts';
import { freePort } from '../process.ts';

/** What Node is started with for a server to listen at an address. */
export type Arguments = (address: string) => readonly string[];

/**
 * Bundles the bare server into `folder`, which Node sees as `seenAs`; gives its arguments for answering a request with the bytes that the
 * function would.
 */
export async function bareServer(
  folder: string,
  seenAs = folder,
): Promise<(request: RunFunctionRequest) => Promise<Arguments>> {
  const script = 'bare.mjs';
  await build({
    entryPoints: [join(import.meta.dirname, 'bare.ts')],
    outfile: join(folder, script),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return async (request) => {
    const { response } = await createFunction()(Buffer.from(encodeRequest(request)));
    const file = `${response.length}.bin`;
    writeFileSync(join(folder, file), response);
    return (address) => [join(seenAs, script), address, join(seenAs, file)];
  };
}

/** The arguments of the service of this project. */
export async function ourServer(program = join(import.meta.dirname, '../../../dist/main.js')): Promise<Arguments> {
  const httpAddress = `127.0.0.1:${await freePort()}`;
  return (address) => [program, 'serve', '--insecure', '--address', address, '--http-address', httpAddress];
}
