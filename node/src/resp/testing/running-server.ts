/** A RESP door on a random port of the loopback interface, for one test. */
import type { TestContext } from 'node:test';
import type { ReplicaDoor } from '../../replica/door.ts';
import { RespServer } from '../server.ts';
import type { RespServerOptions } from '../server.ts';

export const NOW_MS = 1_800_000_000_123;

export async function runServer(
  context: TestContext,
  door: ReplicaDoor,
  changes: Partial<RespServerOptions> = {},
): Promise<RespServer> {
  const server = new RespServer({
    door,
    mode: 'plain',
    clock: () => NOW_MS,
    observer: undefined,
    listenHost: '127.0.0.1',
    listenPort: 0,
    passwords: undefined,
    tls: undefined,
    ...changes,
  });
  await new Promise<void>((resolve, reject) => {
    server.listen((error) => (error === undefined ? resolve() : reject(error)));
  });
  context.after(async () => {
    // What a test left open is the test's to drop: the door would wait for it to read its answers.
    for (const handle of server.clients.values()) handle.kill();
    await new Promise<void>((resolve) => {
      server.close(resolve);
    });
  });
  return server;
}
