import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TIMING } from '../src/paxos/timing.ts';
import { VERSION } from '../src/paxos/version.ts';
import { Cluster } from './cluster.ts';
import { drawDiskOptions } from './disk.ts';
import { Network } from './network.ts';
import { drawNetworkOptions } from './network-options.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';
import { Trace } from './trace.ts';

const SEEDS = 400;
/** What no run needs, by far, to elect a leader and have it settled. */
const SETTLED_MS = 20_000;
/** Heartbeats of the leader come and are answered; then it is heard no more. */
const HEARD_MS = 30;

interface Story {
  readonly time: Time;
  readonly network: Network;
  readonly cluster: Cluster;
}

/** Three replicas with a leader that reads by a lease; undefined when the seed draws something else. */
function settled(seed: number): Story | undefined {
  const random = new Random(seed);
  const time = new Time();
  const trace = new Trace(time);
  const network = new Network(time, random.fork('network'), 3, drawNetworkOptions(random), trace);
  network.calm();
  const cluster = new Cluster(3, 3, time, random.fork('cluster'), network, drawDiskOptions(random), trace);
  const { lease, timing, version } = cluster.options;
  // A release of version 1 asks for no lease.
  if (!lease || timing.leaseMs === TIMING.leaseMs || version < VERSION) return undefined;
  cluster.begin();
  time.runUntil(SETTLED_MS);
  return cluster.leader === undefined ? undefined : { time, network, cluster };
}

test('replicas that stood still for longer than a lease keep the one that they grant when they go on', () => {
  let stories = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const story = settled(seed);
    if (story === undefined) continue;
    const { time, network, cluster } = story;
    const leader = cluster.leader?.place ?? 0;
    const others = [0, 1, 2].filter((place) => place !== leader);
    const { leaseMs } = cluster.options.timing;
    for (const place of others) cluster.pause(place);
    time.runUntil(time.now + 1.2 * leaseMs);
    for (const place of others) cluster.resume(place);
    time.runUntil(time.now + HEARD_MS);
    if (cluster.leader?.place !== leader) continue;
    stories += 1;
    for (const place of others) network.cut(leader, place);
    for (const place of others) network.cut(place, leader);
    // By the fastest of clocks: see `Clock`.
    const boundUntilMs = time.now + 0.9 * leaseMs - HEARD_MS;
    while (time.now < boundUntilMs) {
      time.runUntil(time.now + 10);
      const leads: number = cluster.leader?.place ?? leader;
      assert.equal(leads, leader, `LeaseIsKept: seed ${seed}, ${leads} leads at ${time.now} ms`);
    }
  }
  assert.ok(stories >= 10, `${stories} stories`);
});
