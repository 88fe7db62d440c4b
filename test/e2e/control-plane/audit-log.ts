import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** A successful request to write an object. */
export interface Write {
  /** Such as `events`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** False if the object was equal before: Crossplane also applies unchanged objects. */
  readonly changed: boolean;
}

/** The arguments that make the API server record writes, and the reader of the records. */
export interface AuditLog {
  /** Arguments of kube-apiserver. */
  readonly args: readonly string[];
  /** Reads the writes of claims, composites and events that succeeded so far. */
  readonly writes: () => Promise<Write[]>;
}

const VERBS = ['create', 'update', 'patch'];

/** Only the objects that depend on the function's responses. */
const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    // The responses have the resource version, which is the same if nothing changed.
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
  // Objects of hundreds of claims are longer than the longest string.
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
