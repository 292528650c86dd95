import { Redis } from 'ioredis';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Longer than a replica takes to say that it does not know. */
const ANSWER_MS_MAX = 7_000;
const PAUSE_MS = 50;

/** Commands that are done exactly once, through whichever of the replicas answers. One at a time. */
export class ExactlyOnce {
  readonly #replicas: readonly Redis[];
  #turn = 0;
  #session: string | undefined;
  #sequence = 0;

  constructor(replicas: readonly Address[]) {
    this.#replicas = replicas.map((address) => {
      // No retries of the client's own: what is sent again, and where, is decided below.
      const client = new Redis({ ...address, maxRetriesPerRequest: 0, commandTimeout: ANSWER_MS_MAX });
      // A replica that is away is tried again later; which one answers shows below.
      return client.on('error', () => undefined);
    });
  }

  /** One command, such as `do('INCR', 'visits')`. */
  async do(...command: readonly string[]): Promise<unknown> {
    return await this.#once((client, key) => client.call('PXKV.ONCE', [...key, ...command]));
  }

  /** Several commands at one moment: what EXEC would answer. */
  async transaction(...commands: readonly (readonly string[])[]): Promise<unknown> {
    return await this.#once(async (client, key) => {
      // All in one go: whoever shares the connection must not get in between.
      const replies = await Promise.all([
        client.call('MULTI'),
        ...commands.map(([name = '', ...args]) => client.call(name, args)),
        client.call('PXKV.ONCE', [...key, 'EXEC']),
      ]);
      return replies.at(-1);
    });
  }

  close(): void {
    for (const client of this.#replicas) client.disconnect();
  }

  async #once(send: (client: Redis, key: readonly string[]) => Promise<unknown>): Promise<unknown> {
    // An OPEN that is lost leaves a session that nobody uses: it may simply be sent again.
    this.#session ??= String(await this.#untilAnswered((client) => client.call('PXKV.SESSION', ['OPEN'])));
    this.#sequence += 1;
    const key = [this.#session, String(this.#sequence)];
    return await this.#untilAnswered((client) => send(client, key));
  }

  async #untilAnswered(send: (client: Redis) => Promise<unknown>): Promise<unknown> {
    for (;;) {
      const client = this.#replicas[this.#turn % this.#replicas.length] as Redis;
      try {
        return await send(client);
      } catch (error) {
        if (isFinal(error)) throw error;
        // A broken connection, an unknown outcome, no leader: the same again, at the next replica.
        this.#turn += 1;
        client.disconnect(true);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }
}

/** NOSESSION, OTHERREQUEST, and whatever else the replicas answer: the same again would get the same. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'ReplyError' &&
    !/^(?:UNKNOWNOUTCOME|CLUSTERDOWN) /.test(error.message)
  );
}
