import * as z from 'zod/mini';
import { parseJsonOrUndefined } from '../../internal/parse-json.ts';
import { OciError, type OciErrorCode, type RegistryErrorEntry } from '../errors.ts';
import type { HttpResponse } from './http-client.ts';
import type { Redactor } from './redact.ts';
import { parseRetryAfter } from './retry.ts';

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_ENTRIES = 5;
const MAX_MESSAGE = 300;

const errorBodySchema = z.object({
  errors: z.array(z.object({ code: z._default(z.string(), ''), message: z.nullish(z.string()) })),
});

/**
 * Returns the error for an unsuccessful response: `cannot <what>: …`. Of its body, at most 64 KiB are read, and only errors in the format of
 * the protocol are shown, without secrets.
 */
export async function responseError(response: HttpResponse, what: string, redactor: Redactor): Promise<OciError> {
  const registryErrors = parseErrors(await readSome(response.body), redactor);
  const details = registryErrors.map(({ code, message }) => [code, message].filter(Boolean).join(': ')).join('; ');
  const why = `the registry returned ${response.status}${details === '' ? '' : ` (${details})`}`;
  return new OciError(codeFor(response.status), `cannot ${what}: ${why}`, {
    status: response.status,
    registryErrors,
    retryAfterMs: parseRetryAfter(response.header('retry-after'), Date.now()),
  });
}

function codeFor(status: number): OciErrorCode {
  switch (status) {
    case 401:
      return 'UNAUTHORIZED';
    case 403:
      return 'DENIED';
    case 404:
      return 'NOT_FOUND';
    case 429:
      return 'RATE_LIMITED';
    default:
      return 'REGISTRY_ERROR';
  }
}

async function readSome(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > MAX_ERROR_BYTES) break;
    }
  } catch (error) {
    // The status is sufficient; an incomplete body adds nothing to it.
    if (!(error instanceof OciError)) throw error;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES);
}

function parseErrors(body: Buffer, redactor: Redactor): RegistryErrorEntry[] {
  const parsed = errorBodySchema.safeParse(parseJsonOrUndefined(body));
  const clean = (text: string) => redactor.redact(text).slice(0, MAX_MESSAGE);
  return (parsed.data?.errors ?? [])
    .slice(0, MAX_ENTRIES)
    .map(({ code, message }) => ({ code: clean(code), message: clean(message ?? '') }));
}
