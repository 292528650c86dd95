/** A load that is always the same: for tests of what is seen meanwhile. */
import type { RealCluster } from './real-cluster.ts';
import { RespConnection } from './resp-connection.ts';

/** Writes one key after the other, each when the one before it is answered, until it is told to stop. */
export class SteadyLoad {
  #stopped = false;
  readonly #ended: Promise<void>[];

  constructor(cluster: RealCluster, index: number, clients = 1) {
    this.#ended = Array.from({ length: clients }, () => this.#run(cluster.address(index).redisPort));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#ended);
  }

  async #run(port: number): Promise<void> {
    const connection = await RespConnection.open(port);
    for (let turn = 0; !this.#stopped && !connection.isClosed; turn += 1) {
      await connection.ask('SET', `key ${turn % 100}`, String(turn));
    }
    connection.close();
  }
}
