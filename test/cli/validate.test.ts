import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runProgram } from '../program.ts';

const examples = `${import.meta.dirname}/../../examples`;
const folder = mkdtempSync(join(tmpdir(), 'validate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLAIM = `apiVersion: tap.vrabbi.cloud/v1alpha1
kind: WorkloadECRRepo
metadata: {name: shop, namespace: default}
spec:
  parameters:
    workloadName: shop
    team: x
`;
writeFileSync(join(folder, 'warned.yaml'), CLAIM);
writeFileSync(join(folder, 'wrong.yaml'), CLAIM.replace('team: x', 'scanOnPush: "yes"'));
const warned = join(folder, 'warned.yaml');
const wrong = join(folder, 'wrong.yaml');

describe('the validate command', () => {
  test.each([
    ['files without mistakes', [`${examples}/claim`, `${examples}/everything`], 0],
    ['a warning', [warned], 0],
    ['a warning with --strict', [warned, '--strict'], 1],
    ['an error', [wrong], 1],
    ['a folder with an error', [folder], 1],
    ['a file that does not exist', [join(folder, 'none.yaml')], 1],
    ['no file', [], 1],
    ['an unknown format', [warned, '-o', 'xml'], 1],
  ])('for %s exits with %s', async (_, args, code) => {
    expect(await runProgram(['validate', ...args])).toMatchObject({ code });
  });

  test('prints findings as text, and a summary on standard error', async () => {
    const { stdout, stderr } = await runProgram(['validate', wrong]);
    expect(stdout).toBe(
      `${wrong}:7:5: error: spec.parameters.scanOnPush: must be a boolean, not "yes"; write true, without quotes\n`,
    );
    expect(stderr).toBe('Checked 1 object: 1 error, 0 warnings\n');
  });

  test('prints them as JSON, SARIF and annotations', async () => {
    const [json, sarif, github] = await Promise.all(
      ['json', 'sarif', 'github'].map((format) => runProgram(['validate', wrong, '-q', '-o', format])),
    );
    expect(JSON.parse(json?.stdout ?? '')).toMatchObject([{ severity: 'error', rule: 'claim', line: 7, column: 5 }]);
    expect(JSON.parse(sarif?.stdout ?? '')).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ level: 'error' }] }],
    });
    expect(github?.stdout).toMatch(/^::error file=.*wrong\.yaml,line=7,col=5::spec\.parameters\.scanOnPush: /);
    expect([json, sarif, github].map((one) => one?.stderr)).toEqual(['', '', '']);
  });
});
