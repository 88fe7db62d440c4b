import { readFileSync } from 'node:fs';
import { Server, ServerCredentials } from '@grpc/grpc-js';

// The least that a gRPC server in Node can do for a call: it answers every request with the bytes of the file it is given.
const [address = '127.0.0.1:0', responseFile = ''] = process.argv.slice(2);
const response = readFileSync(responseFile);
const pass = (bytes: Buffer) => bytes;

const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
server.addService(
  {
    RunFunction: {
      path: '/apiextensions.fn.proto.v1.FunctionRunnerService/RunFunction',
      requestStream: false,
      responseStream: false,
      requestSerialize: pass,
      requestDeserialize: pass,
      responseSerialize: pass,
      responseDeserialize: pass,
    },
  },
  { RunFunction: (_call: unknown, callback: (error: null, response: Buffer) => void) => callback(null, response) },
);
server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
