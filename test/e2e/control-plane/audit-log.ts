import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** A request that changed an object, or might have: server-side apply of what is already there counts, too. */
export interface Write {
  /** Such as `events`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** What the API server is told to record, and the way to read it. */
export interface AuditLog {
  /** Arguments of kube-apiserver. */
  readonly args: readonly string[];
  /** Reads the writes of claims, composites and events that succeeded so far. */
  readonly writes: () => Promise<Write[]>;
}

/** Of all that is written in a cluster, only what depends on the function's answers. */
const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Metadata',
      verbs: ['create', 'update', 'patch'],
      resources: [{ group: 'tap.vrabbi.cloud' }, { group: '', resources: ['events'] }],
    },
    { level: 'None' },
  ],
};

const entry = z.object({
  objectRef: z.object({ resource: z.string(), namespace: z.string().default(''), name: z.string().default('') }),
  responseStatus: z.object({ code: z.number() }),
});

/** Prepares the recording of writes: the policy goes to `folder`, the log to `logFolder`. */
export function createAuditLog(folder: string, logFolder: string): AuditLog {
  const policyFile = join(folder, 'audit-policy.json');
  const logFile = join(logFolder, 'audit.jsonl');
  writeFileSync(policyFile, JSON.stringify(POLICY));
  writeFileSync(logFile, '');
  return {
    args: [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`],
    writes: async () => writesIn(await readFile(logFile, 'utf8')),
  };
}

function writesIn(log: string): Write[] {
  // The last line may be half written.
  const lines = log.split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    const { objectRef, responseStatus } = entry.parse(JSON.parse(line));
    return responseStatus.code < 300 ? [objectRef] : [];
  });
}
