import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { toolPath } from '../../tools/index.ts';

// promtool of Prometheus evaluates the alerts of examples/operations against time series.

const RULES = `${import.meta.dirname}/../../../examples/operations/prometheus-rules.yaml`;
const CASES = `${import.meta.dirname}/alerts.test.yaml`;

const work = mkdtempSync(join(tmpdir(), 'alerts-'));
afterAll(() => rmSync(work, { recursive: true }));

interface Rules {
  readonly spec: {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
  };
}

interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[];
  }[];
}

const rules: Rules = parse(readFileSync(RULES, 'utf8'));
const cases: Cases = parse(readFileSync(CASES, 'utf8'));
const alerts = rules.spec.groups.flatMap((group) => group.rules.map(({ alert }) => alert));

beforeAll(() => {
  // An object of the Prometheus operator has the content of a rules file, one level deeper.
  writeFileSync(join(work, 'rules.yaml'), stringify(rules.spec));
  copyFileSync(CASES, join(work, 'cases.yaml'));
});

const promtool = (...args: readonly string[]) => promisify(execFile)(toolPath('promtool'), args, { cwd: work });

test('promtool accepts the rules', async () => {
  const { stdout } = await promtool('check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml');
  expect(stdout).toContain(`SUCCESS: ${alerts.length} rules found`);
});

test('each alert fires for its cause, and none fires otherwise', async () => {
  const { stdout } = await promtool('test', 'rules', 'cases.yaml');
  expect(stdout).toContain('SUCCESS');
});

test('promtool fails for a case whose expected alert does not fire', async () => {
  const wrong = readFileSync(CASES, 'utf8').replace('values: 100 100 200 200', 'values: 100 100 100 100');
  writeFileSync(join(work, 'wrong.yaml'), wrong);
  await expect(promtool('test', 'rules', 'wrong.yaml')).rejects.toThrow('FunctionWorkloadECRRestarts');
});

test('each alert fires in one case and does not fire in another', () => {
  const expected = cases.tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  const named = (fires: boolean) =>
    new Set(
      expected.filter(({ exp_alerts }) => (exp_alerts !== undefined) === fires).map(({ alertname }) => alertname),
    );
  expect([...named(true)].sort()).toEqual([...alerts].sort());
  expect([...named(false)].sort()).toEqual([...alerts].sort());
});
