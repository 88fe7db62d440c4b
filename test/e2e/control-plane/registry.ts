import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from '../../tools/index.ts';
import type { Programs } from '../program.ts';

/** The registry's name in image references: on loopback, so that Crossplane uses plain http, and with a dot in it. */
export const REGISTRY = '127.0.0.1:5000';

/** A registry that can be stopped and started again with the same content. */
export interface Registry {
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts an OCI registry with its content in `folder`. */
export async function startRegistry(programs: Programs, folder: string, logFolder: string): Promise<Registry> {
  const config = join(folder, 'registry.yaml');
  const content = join(folder, 'registry');
  mkdirSync(content);
  writeFileSync(config, configYaml(content));
  const start = () =>
    programs.start({
      name: 'registry',
      file: toolPath('docker-registry'),
      args: ['serve', config],
      logFolder,
      ready: /listening on /,
    });
  let program = await start();
  return {
    stop: () => program.stop(),
    start: async () => {
      program = await start();
    },
  };
}

function configYaml(content: string): string {
  return `version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: '${content}'}, delete: {enabled: true}}
http: {addr: '${REGISTRY}'}
`;
}
