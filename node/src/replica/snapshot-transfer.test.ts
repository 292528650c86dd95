/** A snapshot on its way from one replica to another: real files in memory, real frames, links that lose and reorder. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeMessage, type PeerMessage } from '../codec/message.ts';
import { SnapshotWriter } from '../codec/snapshot.ts';
import { isSnapshotMessage, type SnapshotMessage } from '../codec/snapshot-message.ts';
import { commandByName } from '../kv/commands.ts';
import { Store } from '../kv/store.ts';
import type { ReplicaEvent } from '../observe/events.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import { Paxos } from '../paxos/paxos.ts';
import { configuration } from '../paxos/testing/members.ts';
import { TIMING } from '../paxos/timing.ts';
import { completion } from '../storage/completion.ts';
import { MemoryFiles } from '../storage/memory-files.ts';
import type { SnapshotPart } from '../storage/snapshot-part.ts';
import { Snapshots } from '../storage/snapshots.ts';
import { Applier } from './applier.ts';
import { SNAPSHOT_GIVE_UP_MS, SNAPSHOT_PIECES_IN_FLIGHT_MAX, SNAPSHOT_REPEAT_MS } from './limits.ts';
import { Outbox } from './outbox.ts';
import { SnapshotFetcher } from './snapshot-fetcher.ts';
import type { SnapshotParts } from './snapshot-keeper.ts';
import { SnapshotServer } from './snapshot-server.ts';

const CLUSTER = '00112233445566778899aabbccddeeff';
const LAGGARD: ReplicaId = 9;
const PIECE_BYTES = 300;

/** Lets completions come, which are microtasks. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

interface Frame {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly message: PeerMessage;
  /** The frame's bytes may change from now on. */
  readonly sent: (() => void) | undefined;
}

class World {
  readonly files = new MemoryFiles();
  readonly frames: Frame[] = [];
  readonly events: ReplicaEvent[] = [];
  readonly installed: { readonly slot: number; readonly digest: string }[] = [];
  readonly servers = new Map<ReplicaId, SnapshotServer>();
  readonly core = new Paxos(
    { self: LAGGARD, timing: TIMING, lease: false, random: () => 0.5 },
    { promised: { round: 1, replica: 1 }, chosen: 0, entries: [], rulings: [] },
  );
  /** False: only the consensus connections are up yet. */
  isBulkUp = true;
  fetcher: SnapshotFetcher | undefined;
  snapshots: Snapshots | undefined;
  nowMs = 0;

  async partsOf(self: ReplicaId, files: MemoryFiles): Promise<SnapshotParts> {
    const snapshots = await completion<Snapshots>((done) => Snapshots.open(files, done));
    const send = (to: ReplicaId, frame: Uint8Array, sent?: () => void): boolean => {
      this.frames.push({ from: self, to, message: decodeMessage(frame), sent });
      return true;
    };
    const sendBulk: typeof send = (...frame) => this.isBulkUp && send(...frame);
    const observe = (event: ReplicaEvent): void => {
      this.events.push(event);
    };
    return {
      self,
      log: { full: false, holdBack: () => undefined },
      snapshots,
      applier: new Applier(self, () => undefined),
      core: this.core,
      outbox: new Outbox({ send, sendBulk, roundTripMs: () => undefined }, observe),
      clock: { nowMs: () => this.nowMs, clockMs: () => this.nowMs },
      observe,
      rest: (resume) => resume(),
      defer: setImmediate,
      cluster: () => CLUSTER,
      failed: (what, error) => assert.fail(`${what}: ${error.message}`),
    };
  }

  async addServer(self: ReplicaId, slot: number): Promise<SnapshotParts> {
    const parts = await this.partsOf(self, new MemoryFiles());
    await write(parts.snapshots, slot);
    this.servers.set(self, new SnapshotServer(parts, PIECE_BYTES));
    return parts;
  }

  /** The laggard's process starts, on the files that are there. */
  async startFetcher(): Promise<SnapshotFetcher> {
    const parts = await this.partsOf(LAGGARD, this.files);
    this.snapshots = parts.snapshots;
    const fetcher = new SnapshotFetcher(parts, PIECE_BYTES, ({ applier }, store) => {
      this.installed.push({ slot: applier.applied, digest: store.digest });
    });
    this.fetcher = fetcher;
    return fetcher;
  }

  deliver(frame: Frame): void {
    const { from, to, message } = frame;
    assert.ok(isSnapshotMessage(message));
    // The receiver has bytes of its own, as behind a link.
    const own =
      message.kind === 'snapshotChunk' ? { ...message, bytes: Uint8Array.from(message.bytes) } : message;
    frame.sent?.();
    if (to === LAGGARD) this.#toLaggard(from, own);
    else if (own.kind === 'snapshotFetch') this.servers.get(to)?.serve(from, own);
  }

  #toLaggard(from: ReplicaId, message: SnapshotMessage): void {
    if (message.kind === 'snapshotOffer') this.fetcher?.offered(from, message);
    else if (message.kind === 'snapshotChunk') this.fetcher?.arrived(from, message);
  }

  /** Everything arrives, until nothing is under way. */
  async run(): Promise<void> {
    await settle();
    for (let round = 0; this.frames.length > 0; round += 1) {
      assert.ok(round < 1_000, 'the transfer never ends');
      for (const frame of this.frames.splice(0)) this.deliver(frame);
      await settle();
    }
  }

  async later(ms: number): Promise<void> {
    this.nowMs += ms;
    this.fetcher?.repeat(this.nowMs);
    await settle();
  }

  count(kind: SnapshotMessage['kind']): number {
    return this.frames.filter(({ message }) => message.kind === kind).length;
  }
}

/** The state at a slot, the same wherever it is made. */
function storeAt(slot: number): Store {
  const store = new Store();
  const set = commandByName('SET');
  assert.ok(set);
  for (let key = 0; key < 40; key += 1) {
    store.execute(set.code, [`key ${key}`, `${slot} `.repeat(80)], { nowMs: 0, random: 0 });
  }
  return store;
}

async function write(snapshots: Snapshots, slot: number, cluster = CLUSTER): Promise<void> {
  const view = storeAt(slot).openView();
  const applier = { applied: slot, epoch: { round: 3, replica: 1 }, batchNumber: 4, stampMs: 5 };
  const rulings = [{ from: 2, configuration: configuration([1, 2, LAGGARD]) }];
  const writer = new SnapshotWriter({ cluster, applier, rulings, store: view.header }, view);
  const part = await completion<SnapshotPart>((done) => snapshots.create(slot, done));
  for (let offset = 0, chunk = writer.next(); chunk !== undefined; chunk = writer.next()) {
    const bytes = chunk;
    const at = offset;
    await completion<void>((done) => part.write(at, bytes, done));
    offset += bytes.length;
  }
  view.close();
  await completion<void>((done) => snapshots.publish(part, done));
}

test('nothing is offered before the pieces have a connection to come by', async () => {
  const world = new World();
  await world.addServer(1, 50);
  await world.startFetcher();
  world.isBulkUp = false;
  world.servers.get(1)?.offer(LAGGARD, 1);
  await world.run();
  world.isBulkUp = true;
  world.servers.get(1)?.offer(LAGGARD, 1);
  await world.run();
  // Nothing was asked for in vain, and so nothing had to be asked for again.
  assert.deepEqual([world.installed.length, world.nowMs], [1, 0]);
});

test('a snapshot arrives whole over links that lose, repeat and reorder frames', async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(99)), async (chance) => {
      const draw = (): number => chance.next().value ?? 0;
      const world = new World();
      await world.addServer(1, 50);
      await world.startFetcher();
      world.servers.get(1)?.offer(LAGGARD, 1);
      for (let round = 0; world.installed.length === 0; round += 1) {
        assert.ok(round < 2_000, 'the transfer never ends');
        const frames = world.frames.splice(0);
        frames.sort(() => draw() - 50);
        for (const frame of frames) {
          const luck = draw();
          const twice = luck > 70 && luck < 80;
          if (twice) world.deliver({ ...frame, sent: undefined });
          if (luck < 80) world.deliver(frame);
          else frame.sent?.();
        }
        await settle();
        if (world.frames.length > 0 || world.installed.length > 0) continue;
        if (world.fetcher !== undefined && round > 0) await world.later(SNAPSHOT_REPEAT_MS);
        // The core asks again as long as it lags.
        if (world.frames.length === 0) world.servers.get(1)?.offer(LAGGARD, 1);
      }
      assert.deepEqual(world.installed, [{ slot: 50, digest: storeAt(50).digest }]);
      assert.deepEqual([...world.files.images().keys()], ['snapshot-000000000050']);
    }),
    { numRuns: 15 },
  );
});

test('few pieces are asked for at once', async () => {
  const world = new World();
  await world.addServer(1, 50);
  await world.startFetcher();
  world.servers.get(1)?.offer(LAGGARD, 1);
  world.frames.splice(0).forEach((frame) => world.deliver(frame));
  await settle();
  assert.equal(world.count('snapshotFetch'), SNAPSHOT_PIECES_IN_FLIGHT_MAX);
});

test('another member goes on where the first was lost, in a new process too', async () => {
  const world = new World();
  await world.addServer(1, 50);
  await world.addServer(2, 50);
  await world.startFetcher();
  world.servers.get(1)?.offer(LAGGARD, 1);
  const received = (): number => world.files.images().get('snapshot-000000000050.received')?.length ?? 0;
  for (let round = 0; received() < 40 * PIECE_BYTES; round += 1) {
    assert.ok(round < 100, 'nothing comes');
    for (const frame of world.frames.splice(0)) world.deliver(frame);
    await settle();
  }
  const bytes = received();
  world.frames.splice(0);
  await world.startFetcher();
  world.servers.get(2)?.offer(LAGGARD, 1);
  world.frames.splice(0).forEach((frame) => world.deliver(frame));
  await settle();
  const offsets = world.frames.map(({ message }) => (message.kind === 'snapshotFetch' ? message.offset : 0));
  assert.ok(Math.min(...offsets) >= bytes - (2 * SNAPSHOT_PIECES_IN_FLIGHT_MAX + 1) * PIECE_BYTES);
  assert.ok(Math.min(...offsets) > 0);
  await world.run();
  assert.deepEqual(world.installed, [{ slot: 50, digest: storeAt(50).digest }]);
});

test('a silent sender is given up, and a newer snapshot is begun only then', async () => {
  const world = new World();
  await world.addServer(1, 50);
  await world.addServer(2, 60);
  await world.startFetcher();
  world.servers.get(1)?.offer(LAGGARD, 1);
  world.frames.splice(0).forEach((frame) => world.deliver(frame));
  await settle();
  world.frames.splice(0);
  world.servers.get(2)?.offer(LAGGARD, 1);
  await world.run();
  assert.deepEqual(world.installed, []);
  await world.later(SNAPSHOT_GIVE_UP_MS + 1);
  world.servers.get(2)?.offer(LAGGARD, 1);
  await world.run();
  assert.deepEqual(world.installed, [{ slot: 60, digest: storeAt(60).digest }]);
});

test('a sender that has removed its snapshot says so, and its newest one is taken', async () => {
  const world = new World();
  const { snapshots } = await world.addServer(1, 50);
  await world.startFetcher();
  world.servers.get(1)?.offer(LAGGARD, 1);
  world.frames.splice(0).forEach((frame) => world.deliver(frame));
  await settle();
  await write(snapshots, 70);
  await completion<void>((done) => snapshots.removeOlder(undefined, done));
  await world.run();
  assert.deepEqual(world.installed, []);
  world.servers.get(1)?.offer(LAGGARD, 1);
  await world.run();
  assert.deepEqual(world.installed, [{ slot: 70, digest: storeAt(70).digest }]);
});

test('a damaged snapshot, or one of another cluster, is dropped and leaves nothing behind', async () => {
  const world = new World();
  const { snapshots } = await world.addServer(1, 50);
  await write(snapshots, 51, 'ff'.repeat(16));
  await world.startFetcher();
  world.servers.get(1)?.offer(LAGGARD, 1);
  await world.run();
  world.fetcher?.offered(1, { kind: 'snapshotOffer', slot: 50, bytes: snapshots.at(50)?.bytes ?? 0 });
  await settle();
  for (let round = 0; world.frames.length > 0; round += 1) {
    for (const frame of world.frames.splice(0)) {
      const { message } = frame;
      if (message.kind === 'snapshotChunk' && message.offset > 0) message.bytes[7] = 255;
      world.deliver(frame);
    }
    await settle();
  }
  assert.deepEqual(world.installed, []);
  assert.deepEqual([...world.files.images().keys()], []);
  const notices = world.events.map((event) => (event.kind === 'notice' ? event.text : '')).filter(Boolean);
  assert.match(notices[0] ?? '', /at slot 51 .* dropped: it belongs to cluster ffff/);
  assert.match(notices[1] ?? '', /at slot 50 .* dropped: a snapshot is damaged at byte/);
});

test('an offer of what is chosen here already is ignored', async () => {
  const world = new World();
  await world.addServer(1, 50);
  const fetcher = await world.startFetcher();
  world.core.step({ kind: 'installed', slot: 50, rulings: [] });
  fetcher.offered(1, { kind: 'snapshotOffer', slot: 50, bytes: 1_000 });
  await settle();
  assert.deepEqual(world.frames, []);
  assert.deepEqual([...world.files.images().keys()], []);
});
