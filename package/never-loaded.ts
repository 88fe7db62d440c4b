/**
 * The packages that libraries ask for and the program never loads: they stay out of the bundle. grpc-js parses .proto files for channelz and
 * reflection with the first, which the program does not serve. protobufjs does without the second, and then reads 64-bit integers as numbers:
 * this program reads none. The second compiles WebAssembly, a tenth of the time that a start takes beyond Node's and grpc-js's own.
 */
export const NEVER_LOADED = ['@grpc/proto-loader', 'long'] as const;
