/**
 * A function that returns constant responses: the desired resources and whether they are ready. Shows what Crossplane
 * and the provider do by themselves. `tsx test/e2e/constant-function.ts HOST CERTIFICATES-FOLDER` serves as the function does.
 */
import { createFunction, type RunFunction } from '../../src/function/function.ts';
import { type Bytes, DELIMITED, messageField, Reader, readFields, tag, Writer } from '../../src/protocol/wire.ts';
import { createLogger, descriptorWriter } from '../../src/server/log.ts';
import { createServiceMetrics } from '../../src/server/metrics/service.ts';
import { GRPC_METHODS, startServer } from '../../src/server/server.ts';

const META = tag(1, DELIMITED);
const DESIRED = tag(2, DELIMITED);
const RESOURCES = tag(2, DELIMITED);

function constant(run: RunFunction): RunFunction {
  return async (request) => {
    const { response, summary } = await run(request);
    return { response: withoutSayings(response), summary };
  };
}

/** Removes all fields of an encoded RunFunctionResponse except its meta and the desired composed resources. */
function withoutSayings(response: Bytes): Bytes {
  const meta = messageField(response, META) ?? new Uint8Array();
  const desired = messageField(response, DESIRED) ?? new Uint8Array();
  const writer = Writer.create().uint32(META).bytes(meta).uint32(DESIRED).fork();
  const reader = Reader.create(desired);
  readFields(reader, reader.len, (fieldTag) => {
    if (fieldTag !== RESOURCES) return false;
    writer.uint32(RESOURCES).bytes(reader.bytes());
    return true;
  });
  return writer.ldelim().finish();
}

async function main([host, tlsCertsDir]: readonly string[]): Promise<void> {
  const logger = createLogger({ write: descriptorWriter(1) });
  await startServer({
    run: constant(createFunction()),
    logger,
    metrics: createServiceMetrics({ methods: GRPC_METHODS }),
    address: `${host}:9443`,
    httpAddress: `${host}:8081`,
    tlsCertsDir,
    maxRecvMessageBytes: 16_777_216,
    certificateIntervalMs: 10_000,
  });
  logger.info('serving');
}

await main(process.argv.slice(2));
