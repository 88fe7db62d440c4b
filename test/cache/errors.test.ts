import { expect, test } from 'vitest';
import { fileError } from '../../src/cache/errors.ts';

const denied = (syscall: string) =>
  Object.assign(new Error(`EACCES: permission denied, ${syscall}`), { code: 'EACCES', syscall });

test.each([
  ['read', '/config', 'open', 'IO', 'cannot read /config: permission denied'],
  ['check', '/config/a.gz', 'stat', 'IO', 'cannot check /config/a.gz: permission denied'],
  ['write', 'in /cache', 'mkdir', 'READ_ONLY', 'cannot write in /cache: it is not writable (EACCES)'],
  ['remove', '/cache/a.gz', 'unlink', 'READ_ONLY', 'cannot remove /cache/a.gz: it is not writable (EACCES)'],
] as const)('a denied attempt to %s %s says what was denied', (action, what, syscall, code, message) => {
  expect(fileError(action, what, denied(syscall))).toMatchObject({ code, message });
});
