import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileError } from '../../../src/internal/files/file-error.ts';
import { openRegularFile, readRegularFile } from '../../../src/internal/files/read-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'read-file-'));
const server = createServer();

beforeAll(async () => {
  writeFileSync(join(folder, 'ten'), '0123456789');
  writeFileSync(join(folder, 'empty'), '');
  mkdirSync(join(folder, 'folder'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  for (const [name, target] of Object.entries({ zero: '/dev/zero', link: 'ten', pipe: 'fifo', up: 'folder' })) {
    symlinkSync(target, join(folder, `to-${name}`));
  }
  writeFileSync(join(folder, 'sparse'), '');
  truncateSync(join(folder, 'sparse'), 2 ** 40);
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('readRegularFile', () => {
  test.each([
    { name: 'ten', maxBytes: 10, want: '0123456789' },
    { name: 'to-link', maxBytes: 10, want: '0123456789' },
    { name: 'empty', maxBytes: 0, want: '' },
  ])('reads $name', async ({ name, maxBytes, want }) => {
    expect((await readRegularFile(join(folder, name), maxBytes)).toString()).toBe(want);
  });

  test('reads a file that has no size, as those of /proc', async () => {
    expect((await readRegularFile('/proc/self/status', 65_536)).toString()).toContain('Pid:');
  });

  test.each([
    { path: join(folder, 'ten'), maxBytes: 9, code: 'FILE_TOO_LARGE', reason: 'more than 9 bytes' },
    { path: join(folder, 'sparse'), maxBytes: 1_048_576, code: 'FILE_TOO_LARGE', reason: 'more than 1048576 bytes' },
    { path: '/proc/self/status', maxBytes: 10, code: 'FILE_TOO_LARGE', reason: 'more than 10 bytes' },
    { path: join(folder, 'folder'), maxBytes: 10, code: 'NOT_REGULAR_FILE', reason: 'a directory' },
    { path: join(folder, 'to-up'), maxBytes: 10, code: 'NOT_REGULAR_FILE', reason: 'a directory' },
    { path: join(folder, 'fifo'), maxBytes: 10, code: 'NOT_REGULAR_FILE', reason: 'a FIFO' },
    { path: join(folder, 'to-pipe'), maxBytes: 10, code: 'NOT_REGULAR_FILE', reason: 'a FIFO' },
    { path: join(folder, 'socket'), maxBytes: 10, code: 'NOT_REGULAR_FILE', reason: 'a socket' },
    { path: '/dev/zero', maxBytes: 10, code: 'NOT_REGULAR_FILE', reason: 'a device' },
    { path: join(folder, 'to-zero'), maxBytes: 10, code: 'NOT_REGULAR_FILE', reason: 'a device' },
  ])('refuses $path: $reason', async ({ path, maxBytes, code, reason }) => {
    const error = await readRegularFile(path, maxBytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(`cannot read ${path}: `) });
    expect(error).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  test('passes on what the file system says', async () => {
    await expect(readRegularFile(join(folder, 'none'), 10)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('escapes control characters of a name', async () => {
    const path = join(folder, 'a\x1b[2J\u202e');
    writeFileSync(path, 'x');
    await expect(readRegularFile(path, 0)).rejects.toThrow('a\\u001b[2J\\u202e: it has');
  });
});

test('openRegularFile gives the size and an open handle', async () => {
  const { handle, size } = await openRegularFile(join(folder, 'ten'));
  expect(size).toBe(10);
  await handle.close();
});
