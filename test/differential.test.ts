/**
 * The same random requests to us and to a real Redis, where one is installed: the replies must be the
 * same bytes. Where we differ on purpose, the table below says so, and both sides are held to it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { freePortBase } from '../node/local/free-ports.ts';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { type RawReply, RespConnection, valueOf } from './testing/resp-connection.ts';
import { requestArbitrary, type Words } from './testing/requests.arbitrary.ts';
import { isSameApartFromOrderAndClock } from './testing/same-reply.ts';

const REDIS_SERVER = '/usr/bin/redis-server';
const RUNS = Number(process.env['PAXOSKV_TEST_RUNS'] ?? 250);

interface Difference {
  readonly why: string;
  readonly before: readonly Words[];
  readonly request: Words;
  readonly ours: string;
  readonly redis: string;
}

/** Every case in which we answer differently on purpose. */
const DIFFERENCES: readonly Difference[] = [
  {
    why: 'there is one database',
    before: [['SET', 'a', '1']],
    request: ['COPY', 'a', 'b', 'DB', '1'],
    ours: '-ERR DB index is out of range\r\n',
    redis: ':1\r\n',
  },
  {
    why: 'there is one database',
    before: [],
    request: ['SELECT', '1'],
    ours: '-ERR DB index is out of range\r\n',
    redis: '+OK\r\n',
  },
  {
    why: 'encodings are derived from the value, for we keep all alike',
    before: [
      ['SET', 'a', '1'],
      ['APPEND', 'a', '2'],
    ],
    request: ['OBJECT', 'ENCODING', 'a'],
    ours: '$3\r\nint\r\n',
    redis: '$3\r\nraw\r\n',
  },
  {
    why: 'no object is shared',
    before: [['SET', 'a', '1']],
    request: ['OBJECT', 'REFCOUNT', 'a'],
    ours: ':1\r\n',
    redis: ':2147483647\r\n',
  },
  {
    why: 'MULTI queues a wrong subcommand, and EXEC answers with its error',
    before: [['MULTI']],
    request: ['OBJECT', 'nonsense', 'a'],
    ours: '+QUEUED\r\n',
    redis: "-ERR unknown subcommand 'nonsense'. Try OBJECT HELP.\r\n",
  },
  {
    why: 'a zero byte does not end a text that is quoted',
    before: [],
    request: ['nonsense', 'a\0b'],
    ours: "-ERR unknown command 'nonsense', with args beginning with: 'a\0b' \r\n",
    redis: "-ERR unknown command 'nonsense', with args beginning with: 'a' \r\n",
  },
  {
    why: 'a key whose deadline has passed when it is set is never there',
    before: [['SET', 'a', '1', 'PXAT', '1']],
    request: ['DBSIZE'],
    ours: ':0\r\n',
    redis: ':1\r\n',
  },
];

/** What random requests must not hold, for it leads to one of the differences above. */
function isExcluded(words: Words): boolean {
  const [name, ...args] = words.map((word) => word.toUpperCase());
  if (name === 'NONSENSE') return args.some((word) => word.includes('\0'));
  return name === 'OBJECT' && !(args[0] === 'FREQ' && args.length === 2);
}

interface Step {
  /** Which of two connections sends it. */
  readonly connection: 0 | 1;
  readonly words: Words;
}

const historyArbitrary = fc.array(
  fc.record({
    connection: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const),
    words: requestArbitrary.filter((words) => !isExcluded(words)),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Two connections to one server, and everything on it forgotten between histories. */
class Peer {
  readonly #connections: readonly RespConnection[];

  static async open(t: TestContext, port: number): Promise<Peer> {
    const connections = await Promise.all([RespConnection.open(port), RespConnection.open(port)]);
    t.after(() => connections.forEach((connection) => connection.close()));
    return new Peer(connections);
  }

  private constructor(connections: readonly RespConnection[]) {
    this.#connections = connections;
  }

  async forget(): Promise<void> {
    for (const connection of this.#connections) {
      await connection.pipeline([['DISCARD'], ['UNWATCH'], ['FLUSHALL']]);
    }
  }

  /** Steps of one connection in a row go out together; the other connection waits for them. */
  async run(steps: readonly Step[]): Promise<RawReply[]> {
    const replies: RawReply[] = [];
    for (let start = 0; start < steps.length;) {
      const connection = steps[start]?.connection ?? 0;
      let end = start;
      while (end < steps.length && steps[end]?.connection === connection) end += 1;
      const requests = steps.slice(start, end).map((step) => step.words);
      replies.push(...((await this.#connections[connection]?.pipeline(requests)) ?? []));
      start = end;
    }
    return replies;
  }
}

test('random requests are answered as by a real Redis, byte for byte', { skip: missing() }, async (t) => {
  const [ours, redis] = await openBoth(t);
  await fc.assert(
    fc.asyncProperty(historyArbitrary, async (steps) => {
      await Promise.all([ours.forget(), redis.forget()]);
      const [mine, theirs] = await Promise.all([ours.run(steps), redis.run(steps)]);
      for (const [index, { words }] of steps.entries()) {
        const [a, b] = [mine[index], theirs[index]];
        assert.ok(
          areSame(words, a, b),
          `${JSON.stringify(words)}: ${JSON.stringify(a)}, Redis ${JSON.stringify(b)}`,
        );
      }
    }),
    { numRuns: RUNS },
  );
});

test('where we differ from Redis on purpose, both do what the table says', { skip: missing() }, async (t) => {
  const [ours, redis] = await openBoth(t);
  for (const { why, before, request, ...expected } of DIFFERENCES) {
    await Promise.all([ours.forget(), redis.forget()]);
    const steps = [...before, request].map((words) => ({ connection: 0 as const, words }));
    assert.equal((await ours.run(steps)).at(-1), expected.ours, why);
    assert.equal((await redis.run(steps)).at(-1), expected.redis, why);
    // SELECT would outlive the case.
    await redis.run([{ connection: 0, words: ['SELECT', '0'] }]);
  }
});

function areSame(words: Words, ours: RawReply, theirs: RawReply): boolean {
  if (ours === theirs || ours === undefined || theirs === undefined) return ours === theirs;
  return isSameApartFromOrderAndClock(words, valueOf(ours), valueOf(theirs));
}

async function openBoth(t: TestContext): Promise<[Peer, Peer]> {
  const cluster = await RealCluster.start(t, 1);
  const redisPort = await startRedis(t);
  return [await Peer.open(t, cluster.address(0).redisPort), await Peer.open(t, redisPort)];
}

/** Starts a Redis that keeps nothing, and answers with its port. */
async function startRedis(t: TestContext): Promise<number> {
  const port = await freePortBase(1);
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-redis-'));
  const server = spawn(
    REDIS_SERVER,
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    { stdio: 'ignore' },
  );
  const ended = once(server, 'close');
  const killIt = (): boolean => server.kill('SIGKILL');
  process.once('exit', killIt);
  t.after(async () => {
    killIt();
    await ended;
    process.off('exit', killIt);
    rmSync(directory, { recursive: true, force: true });
  });
  await eventually('redis-server listens', async () => {
    try {
      (await RespConnection.open(port)).close();
      return true;
    } catch {
      return undefined;
    }
  });
  return port;
}

function missing(): string | false {
  return existsSync(REDIS_SERVER) ? false : `${REDIS_SERVER} is not installed`;
}
