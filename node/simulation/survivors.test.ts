/** What `paxosctl recover` makes of the disks that a simulated cluster leaves behind when its power fails in the midst of faults. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRecovery, type RecoveryPlan } from '../ctl/offline/recovery-plan.ts';
import { ReplicaDirectory } from '../ctl/offline/replica-directory.ts';
import { ReplicaState } from '../ctl/offline/replica-state.ts';
import { salvage } from '../ctl/offline/salvage.ts';
import { writeSeed } from '../ctl/offline/seed.ts';
import type { Entry } from '../src/paxos/entry.ts';
import { MemoryFiles } from '../src/storage/memory-files.ts';
import { snapshotName } from '../src/storage/snapshot-name.ts';
import { valueOf } from './chosen-log.ts';
import { Cluster } from './cluster.ts';
import { type Disk, drawDiskOptions } from './disk.ts';
import { drawFaultOptions } from './fault-options.ts';
import { Nemesis } from './faults.ts';
import { History } from './history.ts';
import { Network } from './network.ts';
import { drawNetworkOptions } from './network-options.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';
import { Trace } from './trace.ts';
import { Client, drawWorkloadOptions } from './workload.ts';

const SEEDS = 30;
const FAULTS_MS = 30_000;

interface Wreck {
  readonly cluster: Cluster;
  /** By place, what the disk holds. */
  readonly images: readonly ReadonlyMap<string, Uint8Array>[];
}

/** Runs a seed up to some moment, and cuts the power of all machines. */
function wreck(seed: number): Wreck {
  const random = new Random(seed);
  const shape = random.fork('shape');
  const time = new Time();
  const trace = new Trace(time);
  const replicas = shape.pick([3, 3, 5]);
  const network = new Network(time, random.fork('network'), replicas, drawNetworkOptions(shape), trace);
  const clusterRandom = random.fork('cluster');
  const disk = drawDiskOptions(shape);
  const cluster = new Cluster(replicas, replicas, time, clusterRandom, network, disk, trace);
  cluster.begin();
  while (!cluster.isFormed) time.runUntil(time.now + 10);
  const { machines } = cluster;
  // A survivor is a disk that has lost nothing; what is lost on the way is drawn by the tests below.
  const drawn = drawFaultOptions(
    random.fork('fault options'),
    time.now + FAULTS_MS,
    replicas,
    cluster.options.lease,
  );
  const options = { ...drawn, wipesMax: 0 };
  const disks = machines.map((machine) => machine.disk);
  const clocks = machines.map((machine) => machine.clock);
  new Nemesis(random.fork('nemesis'), options, cluster, { time, network, disks, clocks, trace }).start();
  const load = drawWorkloadOptions(random.fork('workload'), time.now + FAULTS_MS, 300);
  const history = new History();
  for (let number = 1; number <= load.clients; number += 1) {
    new Client(
      number,
      random.fork(`client ${number}`),
      load,
      time,
      () => machines,
      history,
      new Map(),
    ).start();
  }
  time.runUntil(time.now + random.fork('end').integer(1_000, FAULTS_MS));
  for (const machine of machines) if (machine.isUp) cluster.crash(machine.place, 'power');
  const images = machines.map((machine) => imagesOf(machine.disk));
  return { cluster, images };
}

/** What a process would find that starts now. */
function imagesOf(disk: Disk): Map<string, Uint8Array> {
  return new Map([...disk.directory.names].map(([name, inode]) => [name, inode.read(0, inode.size)]));
}

/** What the log holds for a slot that is known chosen, or what the plan takes; undefined when a snapshot stands for it. */
async function valueAt(
  base: ReplicaDirectory,
  entries: readonly Entry[],
  slot: number,
): Promise<Uint8Array | undefined> {
  if (slot <= base.covered) return undefined;
  const entry = slot <= base.chosen ? (await base.read(slot, slot))[0] : entries[slot - base.chosen - 1];
  assert.ok(entry !== undefined, `slot ${slot} is in the plan`);
  return valueOf(entry);
}

test(`${SEEDS} wrecks: what is certain is what was chosen, a quorum keeps everything, and the new replica has it all`, async (t) => {
  let quorums = 0;
  let guessed = 0;
  let compared = 0;
  let digests = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { cluster, images } = wreck(seed);
    const random = new Random(seed).fork('survivors');
    const places = [...images.keys()];
    const quorum = Math.floor(images.length / 2) + 1;
    const wanted = random.integer(1, places.length);
    const left = places.toSorted(() => random.next() - 0.5).slice(0, wanted);
    const survivors: ReplicaDirectory[] = [];
    for (const place of left) {
      survivors.push(await ReplicaDirectory.open(`place ${place}`, new MemoryFiles(images[place])));
    }
    const plan = planRecovery(survivors as [ReplicaDirectory, ...ReplicaDirectory[]]);
    guessed += plan.entries.length;
    // Above the certain slots a quorum, too, knows all that was ever chosen; fewer may not.
    const isQuorum = left.length >= quorum;
    if (isQuorum) {
      quorums += 1;
      assert.ok(plan.through >= cluster.chosen.last, `seed ${seed}: a chosen slot is lost`);
    }
    const known = Math.min(isQuorum ? plan.through : plan.certain, cluster.chosen.last);
    for (let slot = 1; slot <= known; slot += 1) {
      const value = await valueAt(plan.base, plan.entries, slot);
      if (value === undefined) continue;
      assert.deepEqual(
        Buffer.from(value),
        Buffer.from(cluster.chosen.value(slot) ?? []),
        `seed ${seed}, slot ${slot}`,
      );
      compared += 1;
    }
    digests += await checkSeed(cluster, plan);
  }
  t.diagnostic(
    `${quorums} with a quorum, ${guessed} slots on a guess, ${compared} values and ${digests} digests compared`,
  );
  assert.ok(quorums > 0 && quorums < SEEDS && guessed > 0 && compared > 300 && digests > 10);
});

/**
 * Writes the new replica's directory, and reads it as a replica would. Answers 1 when there was a digest to compare what is certain
 * with, else 0.
 */
async function checkSeed(
  cluster: Cluster,
  { base, entries, through, certain }: RecoveryPlan<ReplicaDirectory>,
): Promise<number> {
  const state = await ReplicaState.of(base, () => undefined, cluster.options.sessionLimits);
  const before = state.ruling;
  assert.ok(before !== undefined);
  const seen = cluster.chosen.digest(certain);
  if (seen !== undefined) assert.equal(state.applier.store.digest, seen);
  const revisions = { certain: state.applier.store.revision, next: 10 ** 9 };
  for (const entry of entries) state.apply(entry);
  const files = new MemoryFiles();
  const [member] = before.configuration.members;
  assert.ok(member !== undefined);
  const configuration = { ...before.configuration, members: [{ ...member, id: 77, voter: true }] };
  await writeSeed(
    files,
    { replica: 77, cluster: 'ab'.repeat(16), configuration, round: 1_000, revisions },
    state.applier,
    () => undefined,
  );
  const made = await ReplicaDirectory.open('made', files);
  assert.deepEqual(
    [made.replica, made.chosen, made.covered, made.accepted.length],
    [77, through, through, 0],
  );
  assert.equal(made.highestBallot.round, 1_000);
  const again = new ReplicaState(cluster.options.sessionLimits);
  await again.takeSnapshot(files, snapshotName(through));
  assert.equal(again.applier.store.digest, state.applier.store.digest);
  assert.equal(again.applier.applied, through);
  assert.equal(again.applier.store.revision, revisions.next);
  for (const [key, { value, modifyRevision }] of again.applier.store.from('')) {
    const record = state.applier.store.find(key);
    assert.equal(value, record?.value);
    const isCertain = (record?.modifyRevision ?? 0) <= revisions.certain;
    assert.equal(modifyRevision, isCertain ? record?.modifyRevision : revisions.next);
  }
  assert.deepEqual(again.ruling, { from: through + 1, configuration });
  return seen === undefined ? 0 : 1;
}

test('a directory that was half made is refused, wherever the making broke off', async () => {
  const { images } = wreck(1);
  const image = images.find((each) => each !== undefined);
  const base = await ReplicaDirectory.open('base', new MemoryFiles(image));
  const state = await ReplicaState.of(base, () => undefined);
  const configuration = state.ruling?.configuration;
  assert.ok(configuration !== undefined);
  const files = new MemoryFiles();
  await writeSeed(
    files,
    {
      replica: 7,
      cluster: 'ab'.repeat(16),
      configuration,
      round: 9,
      revisions: { certain: 0, next: 10 ** 9 },
    },
    state.applier,
    () => undefined,
  );
  const whole = files.images();
  const withoutSnapshot = new Map([...whole].filter(([name]) => name.startsWith('log-')));
  await assert.rejects(
    ReplicaDirectory.open('half', new MemoryFiles(withoutSnapshot)),
    /not all of them are in the log/,
  );
});

test('whatever bit of a survivor has changed, what is still called certain is what was chosen', async (t) => {
  let read = 0;
  let damaged = 0;
  for (let seed = 1; seed <= 4; seed += 1) {
    const { cluster, images } = wreck(seed);
    const random = new Random(seed).fork('bits');
    for (let round = 0; round < 40; round += 1) {
      const files = new Map([...random.pick(images)].map(([name, bytes]) => [name, Uint8Array.from(bytes)]));
      const written = [...files.values()].filter((bytes) => bytes.some((byte) => byte !== 0));
      if (written.length === 0) continue;
      const bytes = random.pick(written);
      const last = bytes.findLastIndex((byte) => byte !== 0);
      const offset = random.integer(0, last);
      bytes[offset] = (bytes[offset] ?? 0) ^ (1 << random.integer(0, 7));
      const { directory, damage } = await salvage('damaged', new MemoryFiles(files));
      if (damage.length > 0) damaged += 1;
      if (directory === undefined) continue;
      for (let slot = Math.max(1, directory.firstSlot); slot <= directory.chosen; slot += 1) {
        const value = await valueAt(directory, [], slot);
        const expected = cluster.chosen.value(slot);
        if (value === undefined || expected === undefined) continue;
        assert.deepEqual(Buffer.from(value), Buffer.from(expected), `seed ${seed}, slot ${slot}`);
        read += 1;
      }
    }
  }
  t.diagnostic(`${damaged} damaged, ${read} values compared`);
  assert.ok(damaged > 20 && read > 100);
});
