/** Disks and processors that are too slow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleTells } from '../testing/console-tells.ts';
import { prometheusMissing } from './testing/real-prometheus.ts';
import { setFaults } from '../testing/machine-faults.ts';
import { SteadyLoad } from '../testing/steady-load.ts';
import { watchedCluster } from './testing/watched-cluster.ts';

/** Over both limits, and below what costs a leader the lead. */
const SLOW_DISK_MS = 300;
const BLOCKED_MS = 250;

test('slow disks, slow rounds, a blocked event loop', { skip: prometheusMissing() }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t);
  const load = new SteadyLoad(cluster, await cluster.leader(), 4);
  for (const index of cluster.indexes) setFaults(cluster, index, { slowDiskMs: SLOW_DISK_MS });
  await prometheus.fires('PaxosKVSlowDisk', 'PaxosKVSlowRounds');
  await consoleTells(t, cluster, 0, 'disk-slow');
  for (const index of cluster.indexes) setFaults(cluster, index);
  await prometheus.resolves('PaxosKVSlowDisk', 'PaxosKVSlowRounds');
  await load.stop();

  const follower = cluster.indexes.find((index) => cluster.isRunning(index)) as number;
  setFaults(cluster, follower, { blockedMs: BLOCKED_MS });
  const [blocked] = await prometheus.fires('PaxosKVEventLoopBlocked');
  assert.equal(blocked?.labels['pod'], `demo-${follower}`);
  setFaults(cluster, follower);
  await prometheus.resolves('PaxosKVEventLoopBlocked');
});
