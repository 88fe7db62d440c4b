import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateEcrModel } from '../../package/generate/ecr-model.ts';
import { ECR_MODEL } from '../../src/aws/ecr-model.ts';

test("src/aws/ecr-model.ts is the generator's output for the botocore that it names", async () => {
  const generated = await generateEcrModel();
  const json = /ECR_MODEL = (.*) as const;/.exec(generated)?.[1];
  expect(JSON.parse(json ?? '')).toEqual(ECR_MODEL);
  const [header] = generated.split('\n');
  expect(readFileSync(`${import.meta.dirname}/../../src/aws/ecr-model.ts`, 'utf8').split('\n')[0]).toBe(header);
});
