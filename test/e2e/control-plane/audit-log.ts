import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** A successful request to write an object. */
export interface Write {
  /** Such as `events`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** False when the object was like that before: Crossplane applies what is there already, too. */
  readonly changed: boolean;
}

/** What the API server is told to record, and the way to read it. */
export interface AuditLog {
  /** Arguments of kube-apiserver. */
  readonly args: readonly string[];
  /** Reads the writes of claims, composites and events that succeeded so far. */
  readonly writes: () => Promise<Write[]>;
}

const VERBS = ['create', 'update', 'patch'];

/** Of all that is written in a cluster, only what depends on the function's answers. */
const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    // The answers have the resource version, which stays the same where nothing changed.
    { level: 'RequestResponse', omitManagedFields: true, verbs: VERBS, resources: [{ group: 'tap.vrabbi.cloud' }] },
    { level: 'Metadata', verbs: VERBS, resources: [{ group: '', resources: ['events'] }] },
    { level: 'None' },
  ],
};

/** An error has neither. */
const version = z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() });

const entry = z.object({
  objectRef: z.object({ resource: z.string(), namespace: z.string().default(''), name: z.string().default('') }),
  responseStatus: z.object({ code: z.number() }),
  responseObject: z.object({ metadata: version.optional() }).optional(),
});

/** Prepares the recording of writes: the policy goes to `folder`, the log to `logFolder`. */
export function createAuditLog(folder: string, logFolder: string): AuditLog {
  const policyFile = join(folder, 'audit-policy.json');
  const logFile = join(logFolder, 'audit.jsonl');
  writeFileSync(policyFile, JSON.stringify(POLICY));
  writeFileSync(logFile, '');
  return {
    args: [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`],
    writes: () => writesIn(logFile),
  };
}

async function writesIn(logFile: string): Promise<Write[]> {
  const known = new Set<string>();
  const found: Write[] = [];
  // Objects of hundreds of claims are more than a string can hold.
  let rest = '';
  for await (const chunk of createReadStream(logFile, 'utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    // The last line may be half written.
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { objectRef, responseStatus, responseObject } = entry.parse(JSON.parse(line));
      if (responseStatus.code >= 300) continue;
      const { uid, resourceVersion } = responseObject?.metadata ?? {};
      const state = `${uid} ${resourceVersion}`;
      found.push({ ...objectRef, changed: uid === undefined || !known.has(state) });
      known.add(state);
    }
  }
  return found;
}
