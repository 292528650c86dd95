/**
 * Clients that write and read as fast as a modest application would, and write down what they asked,
 * when, and what they were told. Each waits for every answer; when its connection breaks, the request's
 * outcome is unknown, and it goes on at the next replica; so it does when its replica says that it is shutting down.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, inTime } from './deadline.ts';
import { type Call, type Operation, whyNotLinearizable } from './linearizability.ts';
import type { RealCluster } from './real-cluster.ts';
import { type RawReply, RespConnection, type ReplyValue, valueOf } from './resp-connection.ts';

/** Between two requests of a client: keeps histories short enough to be checked in a moment. */
const PACE_MS = 3;
const REGISTERS = ['register:0', 'register:1', 'register:2', 'register:3'];
const COUNTERS = ['counter:0', 'counter:1'];
const PAIRS = 'pairs';
/** Keys that one MGET of the final reading asks for. */
const READ_KEYS = 500;

/** What became of a request: done with this answer, surely not done, or nobody knows. */
type Fate = { readonly kind: 'done'; readonly value: ReplyValue } | { readonly kind: 'notDone' | 'unknown' };

export class Load {
  readonly #cluster: RealCluster;
  readonly #clients: Promise<void>[];
  /** By key: the calls on registers and counters. */
  readonly #histories = new Map<string, Call[]>();
  /** Keys written once, by their value: acknowledged, and of unknown outcome. */
  readonly #acknowledged = new Map<string, string>();
  readonly #perhaps = new Map<string, string>();
  /** Refusals that say that nothing was done, outcomes that are unknown, answers that no document allows. */
  notDone = 0;
  unknown = 0;
  /** Of these: requests that may have changed something. A read without an answer is simply sent again. */
  unknownWrites = 0;
  readonly #undocumented: string[] = [];
  /** Connections to replicas that have said that they are shutting down. */
  readonly #farewells = new WeakSet<RespConnection>();
  #stopped = false;
  #done = 0;

  constructor(t: TestContext, cluster: RealCluster, clients: number) {
    this.#cluster = cluster;
    // A test that has failed leaves nobody behind who asks for ever.
    t.after(() => {
      this.#stopped = true;
    });
    this.#clients = Array.from({ length: clients }, (_, index) => this.#run(index));
  }

  /** How much there was to check. */
  get summary(): string {
    const calls = [...this.#histories.values()].reduce((sum, history) => sum + history.length, 0);
    return (
      `${this.#acknowledged.size} keys written once, ${calls} calls on ${this.#histories.size} shared ones, ` +
      `${this.notDone} not done, ${this.unknown} unknown, ${this.unknownWrites} writes among them`
    );
  }

  /** Waits until so many more requests have been done. */
  async progress(requests: number): Promise<void> {
    const target = this.#done + requests;
    await eventually(`${requests} more requests are done`, () => (this.#done >= target ? true : undefined));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await inTime('every client has its last answer', Promise.all(this.#clients));
  }

  /** Reads everything through these replicas, and compares it with what the clients were told. */
  async assertNothingLost(indexes: readonly number[] = this.#cluster.indexes): Promise<void> {
    assert.deepEqual(this.#undocumented, []);
    assert.ok(this.#acknowledged.size > 0, 'the clients have written something');
    for (const index of indexes) await this.#readThrough(index);
    for (const [key, history] of this.#histories) {
      const fault = whyNotLinearizable(history);
      assert.equal(fault, undefined, `${key}: ${fault}`);
    }
  }

  async #readThrough(index: number): Promise<void> {
    const connection = await RespConnection.open(this.#cluster.address(index).redisPort);
    const read = async (keys: readonly string[]): Promise<readonly ReplyValue[]> => {
      let values: ReplyValue | undefined;
      // On a machine that stands still for a second nobody leads for a moment.
      await eventually(
        () => `replica ${index} answers MGET with values, not with ${String(values)}`,
        async () => {
          values = valueOf(
            (await inTime('MGET is answered', connection.ask('MGET', ...keys))) ?? '-lost\r\n',
          );
          return Array.isArray(values) || undefined;
        },
      );
      return values as readonly ReplyValue[];
    };
    for (const [expected, mayLack] of [
      [this.#acknowledged, false],
      [this.#perhaps, true],
    ] as const) {
      const entries = [...expected];
      for (let start = 0; start < entries.length; start += READ_KEYS) {
        const part = entries.slice(start, start + READ_KEYS);
        const values = await read(part.map(([key]) => key));
        for (const [offset, [key, value]] of part.entries()) {
          const found = values[offset];
          if (mayLack && found === null) continue;
          assert.equal(found, value, `${key} through replica ${index}`);
        }
      }
    }
    for (const key of COUNTERS) this.#assertCounted(key, (await read([key]))[0], index);
    await this.#assertPairsWhole(read, index);
    for (const key of this.#histories.keys()) {
      const calledAt = performance.now();
      const [seen] = await read([key]);
      this.#record(key, calledAt, { kind: 'get', seen: seen as string | null });
    }
    connection.close();
  }

  #assertCounted(key: string, value: ReplyValue | undefined, index: number): void {
    const calls = (this.#histories.get(key) ?? []).filter((call) => call.operation.kind === 'increment');
    const acknowledged = calls.filter((call) => Number.isFinite(call.returnedAt)).length;
    const count = Number(value ?? 0);
    assert.ok(
      count >= acknowledged && count <= calls.length,
      `${key} through replica ${index} is ${count}: ${acknowledged} were acknowledged, ${calls.length} asked for`,
    );
  }

  /** A transaction of unknown outcome left both of its keys or none. */
  async #assertPairsWhole(
    read: (keys: readonly string[]) => Promise<readonly ReplyValue[]>,
    index: number,
  ): Promise<void> {
    const lefts = [...this.#perhaps.keys()].filter((key) => key.endsWith(':left'));
    for (const left of lefts) {
      const [first, second] = await read([left, left.replace(/left$/, 'right')]);
      assert.equal(first === null, second === null, `${left} and its right, through replica ${index}`);
    }
  }

  // --- One client -------------------------------------------------------------------------------

  async #run(client: number): Promise<void> {
    let own: RespConnection | undefined;
    let other: RespConnection | undefined;
    let place = client;
    for (let turn = 0; !this.#stopped; turn += 1) {
      if (own === undefined || own.isClosed) {
        own = await this.#connect(place);
        place += 1;
        if (own === undefined) continue;
      }
      if (other === undefined || other.isClosed) other = await this.#connect(place);
      await this.#act(own, other, client, turn);
      // The end follows the refusal, and may be on its way when the next request is.
      for (const connection of [own, other]) {
        if (connection !== undefined && this.#farewells.has(connection)) connection.close();
      }
      await pause(PACE_MS);
    }
    own?.close();
    other?.close();
  }

  async #connect(place: number): Promise<RespConnection | undefined> {
    const { redisPort } = this.#cluster.address(place % this.#cluster.addresses.length);
    try {
      return await RespConnection.open(redisPort);
    } catch {
      // That replica is down: the next one, in a moment.
      await pause(PACE_MS * 3);
      return undefined;
    }
  }

  async #act(
    connection: RespConnection,
    other: RespConnection | undefined,
    client: number,
    turn: number,
  ): Promise<void> {
    const name = `${client}:${turn}`;
    const register = pick(REGISTERS);
    switch (pick(['unique', 'increment', 'set', 'get', 'swap', 'pair', 'pipeline'])) {
      case 'unique':
        return await this.#setUnique(connection, `unique:${name}`, name);
      case 'increment':
        return await this.#increment(connection, pick(COUNTERS));
      case 'pipeline': {
        const counter = pick(COUNTERS);
        await Promise.all([1, 2, 3].map(() => this.#increment(connection, counter)));
        return;
      }
      case 'set':
        await this.#set(connection, register, name);
        // Through another replica, at once: that is where a stale read would show.
        if (other !== undefined) await this.#get(other, register);
        return;
      case 'get':
        await this.#get(connection, register);
        return;
      case 'swap':
        return await this.#swap(connection, register, name);
      case 'pair':
        return await this.#setPair(connection, `pair:${name}`, name);
    }
  }

  async #setUnique(connection: RespConnection, key: string, value: string): Promise<void> {
    const fate = this.#fateOf(connection, await connection.ask('SET', key, value));
    if (fate.kind === 'done') this.#acknowledged.set(key, value);
    if (fate.kind !== 'unknown') return;
    this.unknownWrites += 1;
    this.#perhaps.set(key, value);
  }

  async #increment(connection: RespConnection, key: string): Promise<void> {
    const calledAt = performance.now();
    const fate = this.#fateOf(connection, await connection.ask('INCR', key));
    this.#recordFate(key, calledAt, fate, (value) => ({ kind: 'increment', seen: value as number }), {
      kind: 'increment',
      seen: undefined,
    });
  }

  async #set(connection: RespConnection, key: string, value: string): Promise<void> {
    const calledAt = performance.now();
    const fate = this.#fateOf(connection, await connection.ask('SET', key, value));
    const operation: Operation = { kind: 'set', value };
    this.#recordFate(key, calledAt, fate, () => operation, operation);
  }

  /** Undefined when no answer came. */
  async #get(connection: RespConnection, key: string): Promise<string | null | undefined> {
    const calledAt = performance.now();
    const fate = this.#fateOf(connection, await connection.ask('GET', key));
    if (fate.kind !== 'done') return undefined;
    const seen = fate.value as string | null;
    this.#record(key, calledAt, { kind: 'get', seen });
    return seen;
  }

  /** Compare and set, as Redis clients do it. */
  async #swap(connection: RespConnection, key: string, to: string): Promise<void> {
    const watched = this.#fateOf(connection, await connection.ask('WATCH', key));
    const from = watched.kind === 'done' ? await this.#get(connection, key) : undefined;
    // A half-made transaction must not leak into what this client does next.
    if (from === undefined) return connection.close();
    const calledAt = performance.now();
    const fate = await this.#execute(connection, [['SET', key, to]]);
    if (fate.kind === 'done' && fate.value === null) return;
    const operation: Operation = { kind: 'swap', from, to };
    this.#recordFate(key, calledAt, fate, () => operation, operation);
  }

  async #setPair(connection: RespConnection, key: string, value: string): Promise<void> {
    const [left, right] = [`${key}:left`, `${key}:right`];
    const calledAt = performance.now();
    const fate = await this.#execute(connection, [
      ['SET', left, value],
      ['SET', right, value],
      ['INCR', PAIRS],
    ]);
    if (fate.kind === 'notDone') return;
    const map = fate.kind === 'done' ? this.#acknowledged : this.#perhaps;
    map.set(left, value).set(right, value);
    const seen = fate.kind === 'done' ? ((fate.value as readonly ReplyValue[])[2] as number) : undefined;
    const operation: Operation = { kind: 'increment', seen };
    this.#recordFate(PAIRS, calledAt, fate, () => operation, operation);
  }

  async #execute(connection: RespConnection, commands: readonly (readonly string[])[]): Promise<Fate> {
    // Sent as one, so that the fate of EXEC is the fate of all.
    const replies = await connection.pipeline([['MULTI'], ...commands, ['EXEC']]);
    const fates = replies.map((reply) => this.#fateOf(connection, reply));
    return fates.at(-1) as Fate;
  }

  #fateOf(connection: RespConnection, raw: RawReply): Fate {
    if (raw === undefined) return this.#failed('unknown');
    if (raw.startsWith('-CLUSTERDOWN this replica is shutting down')) this.#farewells.add(connection);
    if (raw.startsWith('-CLUSTERDOWN ')) return this.#failed('notDone');
    if (raw.startsWith('-UNKNOWNOUTCOME ')) return this.#failed('unknown');
    if (raw.startsWith('-')) {
      this.#undocumented.push(raw);
      return this.#failed('unknown');
    }
    this.#done += 1;
    return { kind: 'done', value: valueOf(raw) };
  }

  #failed(kind: 'notDone' | 'unknown'): Fate {
    this[kind] += 1;
    return { kind };
  }

  #recordFate(
    key: string,
    calledAt: number,
    fate: Fate,
    done: (value: ReplyValue) => Operation,
    perhaps: Operation,
  ): void {
    if (fate.kind === 'done') this.#record(key, calledAt, done(fate.value));
    if (fate.kind !== 'unknown') return;
    this.unknownWrites += 1;
    this.#record(key, calledAt, perhaps, Number.POSITIVE_INFINITY);
  }

  #record(key: string, calledAt: number, operation: Operation, returnedAt = performance.now()): void {
    const history = this.#histories.get(key) ?? [];
    history.push({ operation, calledAt, returnedAt });
    this.#histories.set(key, history);
  }
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}
