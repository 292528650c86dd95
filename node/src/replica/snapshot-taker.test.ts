/** When snapshots are taken: three replicas that apply the same log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../kv/store.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import { Paxos } from '../paxos/paxos.ts';
import { configuration } from '../paxos/testing/members.ts';
import { TIMING } from '../paxos/timing.ts';
import { completion } from '../storage/completion.ts';
import { MemoryFiles } from '../storage/memory-files.ts';
import { Snapshots } from '../storage/snapshots.ts';
import { Applier } from './applier.ts';
import { Outbox } from './outbox.ts';
import { SnapshotTaker } from './snapshot-taker.ts';

const MEMBERS: readonly ReplicaId[] = [1, 2, 3];
const EVERY_BYTES = 10_000;
const STEP_BYTES = 100;

interface Member {
  readonly self: ReplicaId;
  readonly applier: Applier;
  readonly taker: SnapshotTaker;
}

const observe = (): void => undefined;
const lost = (): boolean => false;

class Cluster {
  readonly members: Member[] = [];
  /** How far the log had grown at each snapshot. */
  readonly taken = new Map<ReplicaId, number[]>();
  readonly log = {
    full: false,
    heldBackBytes: 0,
    holdBack: (bytes: number): void => void (this.log.heldBackBytes = bytes),
  };
  #grownBytes = 0;

  static async start(): Promise<Cluster> {
    const cluster = new Cluster();
    for (const self of MEMBERS) cluster.members.push(await cluster.#member(self));
    return cluster;
  }

  async #member(self: ReplicaId): Promise<Member> {
    const applier = new Applier(self, () => undefined);
    const parts = {
      self,
      log: this.log,
      snapshots: await completion<Snapshots>((done) => Snapshots.open(new MemoryFiles(), done)),
      applier,
      core: new Paxos(
        { self, timing: TIMING, lease: false, random: () => 0.5 },
        {
          promised: { round: 1, replica: 1 },
          chosen: 0,
          entries: [],
          rulings: [{ from: 1, configuration: configuration(MEMBERS) }],
        },
      ),
      outbox: new Outbox({ send: lost, sendBulk: lost, roundTripMs: () => undefined }, observe),
      clock: { nowMs: () => 0, clockMs: () => 0 },
      observe,
      rest: (resume: () => void) => resume(),
      defer: setImmediate,
      cluster: () => '00112233445566778899aabbccddeeff',
      failed: (what: string, error: Error) => assert.fail(`${what}: ${error.message}`),
    };
    this.taken.set(self, []);
    const taker = new SnapshotTaker(parts, EVERY_BYTES, 0, () => {
      this.taken.get(self)?.push(this.#grownBytes);
    });
    return { self, applier, taker };
  }

  /** The log grows, everywhere alike. */
  async grow(bytes: number): Promise<void> {
    for (const end = this.#grownBytes + bytes; this.#grownBytes < end;) {
      this.#grownBytes += STEP_BYTES;
      const state = {
        applied: this.#grownBytes,
        epoch: { round: 1, replica: 1 },
        batchNumber: 1,
        stampMs: 1,
      };
      for (const { applier, taker } of this.members) {
        applier.takeOver(state, new Store());
        taker.grown(STEP_BYTES);
        taker.takeIfDue(0);
      }
      await settle();
    }
  }

  /** The shortest way in the log between snapshots of two replicas, behind `bytes`. */
  nearest(bytes: number): number {
    const all = [...this.taken.values()]
      .flat()
      .filter((at) => at > bytes)
      .toSorted((a, b) => a - b);
    return Math.min(...all.slice(1).map((at, index) => at - (all[index] ?? 0)));
  }
}

/** Lets completions come. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
}

test('replicas take their snapshots one after the other, each as often as the log has grown enough', async () => {
  const cluster = await Cluster.start();
  await cluster.grow(6 * EVERY_BYTES);
  for (const taken of cluster.taken.values()) assert.ok(taken.length >= 5 && taken.length <= 6);
  assert.ok(cluster.nearest(0) >= EVERY_BYTES / 4);
});

test('they part again when snapshots were asked for everywhere at once', async () => {
  const cluster = await Cluster.start();
  await cluster.grow(2.5 * EVERY_BYTES);
  const asked = cluster.members.map(
    async ({ taker }) => await completion<number>((done) => taker.request(done)),
  );
  await cluster.grow(STEP_BYTES);
  await cluster.grow(STEP_BYTES);
  assert.deepEqual(
    await Promise.all(asked),
    Array.from(MEMBERS, () => 2.5 * EVERY_BYTES + STEP_BYTES),
  );
  await cluster.grow(4 * EVERY_BYTES);
  assert.ok(cluster.nearest(2.5 * EVERY_BYTES + STEP_BYTES) >= EVERY_BYTES / 4);
});

test('no replica lets the log grow by more than is due before a snapshot', async () => {
  const cluster = await Cluster.start();
  await cluster.grow(10 * EVERY_BYTES);
  for (const taken of cluster.taken.values()) {
    const ways = taken.map((at, index) => at - (taken[index - 1] ?? 0));
    assert.ok(Math.max(...ways) <= EVERY_BYTES + STEP_BYTES);
  }
});

test('without space for the log a snapshot is taken at once, and room for the next one is held back', async () => {
  const cluster = await Cluster.start();
  await cluster.grow(STEP_BYTES);
  assert.ok(cluster.log.heldBackBytes > 0);
  assert.deepEqual([...cluster.taken.values()].flat(), []);
  cluster.log.full = true;
  await cluster.grow(3 * STEP_BYTES);
  // Once: the next one waits for a while.
  assert.deepEqual(
    [...cluster.taken.values()],
    Array.from(MEMBERS, () => [2 * STEP_BYTES]),
  );
});
