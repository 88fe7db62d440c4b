import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { CHROMIUM } from './page.ts';

/** The font of the screenshots, beside the browser. */
const PACKAGES = ['chromium', 'fonts-dejavu-core'];
const FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf';

/** Installs Debian's Chromium where it is missing. Throws when that fails: without a browser this suite proves nothing. */
export default function installChromium(): void {
  if (existsSync(CHROMIUM) && existsSync(FONT)) return;
  process.stderr.write(`installing ${PACKAGES.join(' and ')} …\n`);
  run(['update', '-qq']);
  run(['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES]);
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing after its installation`);
}

function run(args: readonly string[]): void {
  const { status, error } = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return;
  const why = error?.message ?? `apt-get ${args[0]} ended with ${status}`;
  throw new Error(`cannot install Chromium: ${why}; run as root on Debian: apt-get install ${PACKAGES.join(' ')}`);
}
