import fc from 'fast-check';
import { expect } from 'vitest';
import { createFunction } from '../../src/function/function.ts';
import type { JsonObject } from '../../src/json/value.ts';
import { decodeResponse } from '../../src/protocol/caller/decode-response.ts';
import { encodeRequest } from '../../src/protocol/request.ts';
import { decodeStruct, encodeStruct } from '../../src/protocol/struct.ts';
import { WireError } from '../../src/protocol/wire.ts';
import { jsonObject, wireMessage } from '../protocol/arbitraries.ts';
import { requestModel } from '../protocol/models.ts';
import { jsonOfStruct, messageType, Struct } from '../protocol/reflection.ts';
import { claimRequest } from './claims.ts';
import { bytes, fuzz } from './harness.ts';
import { mutatedBytes } from './mutations.ts';

const Request = messageType('RunFunctionRequest');
const Response = messageType('RunFunctionResponse');
/** More is refused by Crossplane. */
const MAX_RESPONSE_BYTES = 4 * 1_048_576;

const run = createFunction();

/** What comes of work: its value, or the WireError that it throws. Any other error is a fault. */
async function orWireError<T>(work: () => T | Promise<T>): Promise<T | WireError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}

fuzz('wire', {
  form: bytes,
  arbitrary: mutatedBytes(fc.oneof(claimRequest, requestModel.map(encodeRequest), wireMessage(Request))),
  run: (sent) => orWireError(async () => Buffer.from((await run(sent)).response)),
  async check(sent, response) {
    const again = await orWireError(async () => Buffer.from((await createFunction()(sent)).response));
    if (response instanceof WireError || again instanceof WireError) {
      return expect(again).toMatchObject({ code: response instanceof WireError ? response.code : undefined });
    }
    expect(again.equals(response), 'the same request has the same response, in a new process too').toBe(true);
    expect(response.length).toBeLessThan(MAX_RESPONSE_BYTES);
    // What nobody here reads passes through as it came, right or wrong.
    if (!isDecodable(sent)) return;
    Response.decode(response);
    decodeResponse(response);
  },
});

function isDecodable(sent: Buffer): boolean {
  try {
    Request.decode(sent);
    return true;
  } catch {
    return false;
  }
}

fuzz('struct', {
  form: bytes,
  arbitrary: mutatedBytes(fc.oneof(wireMessage(Struct), jsonObject.map(encodeStruct))),
  run: (sent) => orWireError(() => decodeStruct(sent)),
  check(sent, decoded) {
    const reference = reflected(sent);
    if (decoded instanceof WireError) {
      if (reference !== undefined) expect(decoded.code, 'protobufjs reads it').toBe('TOO_DEEP');
      return;
    }
    if (reference !== undefined) expect(decoded).toEqual(reference);
    expect(decodeStruct(encodeStruct(decoded)), 'what was decoded survives another round').toEqual(decoded);
  },
});

/** What protobufjs makes of an encoded Struct, if anything. */
function reflected(sent: Buffer): JsonObject | undefined {
  try {
    return jsonOfStruct(Struct.decode(sent));
  } catch {
    return undefined;
  }
}
