/** An HTTP door on a random port of the loopback interface, for one test. */
import type { TestContext } from 'node:test';
import type { Observer } from '../../observe/events.ts';
import type { ReplicaDoor } from '../../replica/door.ts';
import type { Listened } from '../listener.ts';
import type { LogPrinter } from '../log-routes.ts';
import { HttpDoor, type HttpDoorOptions } from '../server.ts';
import { StoreDoor } from './store-door.ts';

export interface RunningDoor {
  readonly replica: StoreDoor;
  readonly port: number;
  /** `http://127.0.0.1:port` and the path. */
  readonly url: (path: string) => string;
}

/** Two files, one of which can be printed. */
const PRINTER: LogPrinter = {
  names: (done) => setImmediate(done, undefined, ['log-2', 'log-1']),
  print: (name, write, done) => {
    if (name === 'log-2') {
      setImmediate(done, new Error('a torn file'));
      return;
    }
    for (let slot = 1; write(`slot ${slot}`) && slot < 3; slot += 1);
    setImmediate(done, undefined);
  },
};

export async function runDoor(context: TestContext, observer?: Observer): Promise<RunningDoor> {
  const replica = new StoreDoor();
  const door = doorOn(replica, observer === undefined ? {} : { observer });
  const port = await listening(door);
  context.after(() => new Promise<void>((resolve) => door.close(resolve)));
  return { replica, port, url: (path) => `http://127.0.0.1:${port}${path}` };
}

/** A door in front of `replica`, which does not listen yet. */
export function doorOn(replica: ReplicaDoor, changes: Partial<HttpDoorOptions>): HttpDoor {
  return new HttpDoor({
    door: replica,
    listenHost: '127.0.0.1',
    listenPort: 0,
    crashEnabled: false,
    printLog: PRINTER,
    passwords: undefined,
    tls: undefined,
    ...changes,
  });
}

/** The port, once it listens. */
export function listening(door: { listen(done: Listened): void }): Promise<number> {
  return new Promise((resolve, reject) => {
    door.listen((error, port) => (error === undefined ? resolve(port) : reject(error)));
  });
}
