import { describe, expect, test } from 'vitest';
import { createLogger, type LogFormat } from '../../src/server/log.ts';

function logs(format: LogFormat, level = 'debug') {
  const lines: string[] = [];
  return { logger: createLogger({ level, format, write: (line) => lines.push(line) }), lines };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('JSON lines', () => {
  test('have the name of the level, an RFC 3339 time and the fields', () => {
    const { logger, lines } = logs('json');
    logger.warn({ port: 1 }, 'hello');
    const [line = ''] = lines;
    expect(line.endsWith('}\n')).toBe(true);
    const { time, ...rest } = JSON.parse(line);
    expect(time).toMatch(TIME);
    expect(rest).toEqual({ level: 'warn', port: 1, msg: 'hello' });
  });

  test.each(['error', 'warn', 'info', 'debug'])('contain level %s and above only', (level) => {
    const { logger, lines } = logs('json', level);
    for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each](each);
    const order = ['error', 'warn', 'info', 'debug'];
    expect(lines.map((line) => JSON.parse(line).level).reverse()).toEqual(order.slice(0, order.indexOf(level) + 1));
  });

  test('escape characters that control a terminal or reorder text, and are JSON of the same value', () => {
    const { logger, lines } = logs('json');
    const evil = 'a\u001b[2J\r\nb\u202e\u2028\u200b\u0007';
    logger.info({ evil, err: new Error(evil) }, evil);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ evil, msg: evil, err: { message: evil } });
  });

  test('have only the type, code, message and stack of an error', () => {
    const { logger, lines } = logs('json');
    const error = Object.assign(new TypeError('broken', { cause: new Error('inner secret') }), {
      code: 'BAD',
      $request: { headers: { authorization: 'a secret' } },
    });
    logger.error({ err: error }, 'failed');
    const { err } = JSON.parse(lines[0] ?? '');
    expect(Object.keys(err)).toEqual(['type', 'code', 'message', 'stack']);
    expect(lines[0]).not.toContain('secret');
  });

  test('accept a thrown value that is not an error', () => {
    const { logger, lines } = logs('json');
    logger.error({ err: 'x'.repeat(1_000) }, 'failed');
    expect(JSON.parse(lines[0] ?? '').err.message).toHaveLength(101);
  });
});

describe('text lines', () => {
  test('have time, level, message and the fields, quoted if necessary', () => {
    const { logger, lines } = logs('text');
    logger.info({ port: 1, claim: { namespace: 'a', name: 'b c' }, list: ['x'], empty: '' }, 'hello there');
    const [time = '', ...rest] = (lines[0] ?? '').split(' ');
    expect(time).toMatch(TIME);
    expect(rest.join(' ')).toBe('INFO  hello there port=1 claim.namespace=a claim.name="b c" list=["x"] empty=""\n');
  });

  test('continue with the stack of an error', () => {
    const { logger, lines } = logs('text');
    logger.error({ err: new TypeError('it broke') }, 'failed');
    const [first, second] = (lines[0] ?? '').split('\n');
    expect(first).toMatch(/ ERROR failed err\.type=TypeError err\.message="it broke"$/);
    expect(second).toMatch(/^ {4}at /);
  });

  test('are one line for any values', () => {
    const { logger, lines } = logs('text');
    logger.info({ name: 'a\n2026-01-01T00:00:00Z ERROR forged', 'b\nc': 1 }, 'm\u001b[2J\nforged');
    expect(lines[0]?.trimEnd().split('\n')).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\p{Cc}]/u);
  });
});
