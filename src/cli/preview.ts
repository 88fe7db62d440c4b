import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { Texts } from '../preview/model/problems.ts';
import { createPreviewServer } from '../preview/server.ts';
import { readStream } from '../render/documents/load.ts';
import { RenderError } from '../render/errors.ts';
import { withExamples } from './output/help.ts';

interface PreviewOptions {
  readonly observed?: string;
  readonly xrd?: string;
  readonly open: boolean;
}

/** The folder of the bundled page, relative to dist/chunks or to this file. */
const PAGE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/preview/' : '../preview/', import.meta.url),
);

/** Returns `preview`, which serves a page that shows the result of a claim and follows its files. */
export function previewCommand(): Command {
  const command = new Command('preview')
    .description('show the result of a claim, or its errors, in a browser while you edit its files')
    .argument('[claim]', 'file of the claim or composite; default: an example')
    .argument('[composition]', 'file of the Composition')
    .option('-o, --observed <path>', 'file or folder of existing composed resources')
    .option('--xrd <path>', 'file of the XRD')
    .option('--no-open', 'print the address only; do not open a browser')
    .action(serve);
  return withExamples(
    command,
    ['try the page with an example', 'preview'],
    ['show a claim while it is edited', 'preview claim.yaml composition.yaml --xrd xrd.yaml'],
  );
}

async function serve(claim: string | undefined, composition: string | undefined, options: PreviewOptions) {
  const read = readerOf(claim, composition, options);
  // Refuse an invalid path immediately. Later, the page shows such errors.
  await read?.();
  await access(PAGE).catch((cause: unknown) => {
    throw new RenderError(
      'UNREADABLE',
      `cannot read ${PAGE}: the page is in a clone after npm run build, not in the image`,
      { cause },
    );
  });
  const server = await createPreviewServer(PAGE, read);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}/${read ? '?files' : ''}`;
  process.stdout.write(`${url}\n`);
  if (options.open) openBrowser(url);
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function readerOf(
  claim: string | undefined,
  composition: string | undefined,
  { observed, xrd }: PreviewOptions,
): (() => Promise<Texts>) | undefined {
  if (claim === undefined) {
    if (observed === undefined && xrd === undefined) return undefined;
    throw new RenderError('INVALID_FLAG', '--observed and --xrd require a claim and a Composition; add their files');
  }
  if (composition === undefined) {
    throw new RenderError('INVALID_FLAG', `the Composition is missing; add its file after ${claim}`);
  }
  const textOf = async (path: string | undefined) => (path === undefined ? '' : readStream(path));
  return async () => ({
    claim: await readStream(claim),
    composition: await readStream(composition),
    observed: await textOf(observed),
    definition: await textOf(xrd),
  });
}

/** Opens the address if there is a desktop. Ignores failures: the address is printed. */
function openBrowser(url: string): void {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  const hasDesktop = process.platform === 'darwin' || DISPLAY !== undefined || WAYLAND_DISPLAY !== undefined;
  if (!hasDesktop) return;
  const browser = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], {
    stdio: 'ignore',
    detached: true,
  });
  browser.once('error', () => {});
  browser.unref();
}
