import { join, resolve } from 'node:path';
import { buildPage } from './page.ts';

// Writes the page of `preview` as a folder for any web server: npm run playground [-- FOLDER], which is out/playground by default.

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '../out/playground'));
const files = await buildPage(folder);
for (const { name, bytes, gzipBytes } of files) {
  process.stdout.write(
    `${name.padEnd(32)} ${String(bytes).padStart(8)} bytes ${String(gzipBytes).padStart(8)} compressed\n`,
  );
}
process.stdout.write(`${folder}: ${files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)} bytes compressed\n`);
