/**
 * Looks before we leap: a port that another program holds is said at once, with the option that
 * moves it, instead of by a replica that dies and is started again for ever.
 */
import { createServer } from 'node:net';
import { InvalidInput } from '../src/errors.ts';
import { addressesOf } from './options.ts';

/** Throws `InvalidInput` that names the first port that can't be had. */
export async function requireFreePorts(portBase: number, replicas: number): Promise<void> {
  for (let index = 0; index < replicas; index += 1) {
    const { host, redisPort, clusterPort, peerPort, httpPort, adminPort } = addressesOf(portBase, index);
    for (const port of [redisPort, clusterPort, peerPort, httpPort, adminPort]) {
      // One at a time, so that the message names the lowest replica's first port, whoever holds more.
      const reason = await whyTaken(host, port);
      if (reason === undefined) continue;
      throw new InvalidInput(
        '--port-base',
        portBase,
        `must leave port ${port} to replica ${index}, and that can't be had (${reason})`,
      );
    }
  }
}

/** Far from the ports of the manual, and below those that the kernel hands out to clients. */
const RANDOM_BASE_FIRST = 16_000;
const RANDOM_BASES = 12_000;

/** A port base that works now, for a cluster that nobody has to find by its usual ports. */
export async function freePortBase(replicas: number): Promise<number> {
  for (;;) {
    const portBase = RANDOM_BASE_FIRST + Math.floor(Math.random() * RANDOM_BASES);
    try {
      await requireFreePorts(portBase, replicas);
      return portBase;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
    }
  }
}

function whyTaken(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
