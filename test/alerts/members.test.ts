/** A wiped disk, the learner that comes in its place, a release that stays behind, a follower that can't keep up. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { paxosctlAt } from '../testing/paxosctl.ts';
import { consoleTells } from '../testing/console-tells.ts';
import { prometheusMissing } from './testing/real-prometheus.ts';
import { setFaults } from '../testing/machine-faults.ts';
import { SteadyLoad } from '../testing/steady-load.ts';
import { watchedCluster } from './testing/watched-cluster.ts';

const skip = prometheusMissing();
/** In this time thousands of slots are chosen. */
const STALLED_MS = 20_000;

test('a lost volume, and the learner that takes its place', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t);
  const leader = await cluster.leader();
  const lost = cluster.indexes.find((index) => index !== leader) as number;
  const before = (await cluster.status(lost))?.id as string;
  await cluster.kill(lost);
  rmSync(cluster.directoryOf(lost), { recursive: true });
  cluster.restart(lost);
  const [volume] = await prometheus.fires('PaxosKVVolumeLost', 'PaxosKVReplicaNotReady', 'PaxosKVMemberDown');
  assert.equal(volume?.labels['pod'], `demo-${lost}`);
  await consoleTells(t, cluster, leader, 'disk-lost');
  await consoleTells(t, cluster, lost, 'stranger');

  // As the runbook says: the new id comes in, the old one goes.
  const fresh = (await cluster.status(lost))?.id as string;
  const { host, peerPort, redisPort, httpPort, adminPort, clusterPort } = cluster.address(lost);
  const added = await fetch(`http://127.0.0.1:${cluster.address(leader).adminPort}/v1/members`, {
    method: 'POST',
    body: JSON.stringify({ id: fresh, host, peerPort, redisPort, httpPort, adminPort, clusterPort }),
  });
  assert.equal(added.status, 200, await added.text());
  const removed = await paxosctlAt(cluster, [leader], ['member', 'remove', before]);
  assert.equal(removed.code, 0, removed.error);
  await prometheus.resolves('PaxosKVVolumeLost', 'PaxosKVReplicaNotReady', 'PaxosKVMemberDown');

  await prometheus.fires('PaxosKVCatchUpTooLong');
  await consoleTells(t, cluster, leader, 'learner-level');
  const promoted = await paxosctlAt(cluster, [leader], ['member', 'promote', fresh]);
  assert.equal(promoted.code, 0, promoted.error);
  await prometheus.resolves('PaxosKVCatchUpTooLong');
});

test('a follower that lags, and one that runs another release', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t);
  const leader = await cluster.leader();
  const follower = cluster.indexes.find((index) => index !== leader) as number;
  await cluster.kill(follower);
  setFaults(cluster, follower, { release: '9.9.9' });
  cluster.restart(follower);
  await cluster.allReady();

  const load = new SteadyLoad(cluster, leader, 4);
  setFaults(cluster, follower, { release: '9.9.9', slowDiskMs: STALLED_MS });
  const [lagging] = await prometheus.fires('PaxosKVReplicaLagging');
  assert.equal(lagging?.labels['address'], `127.0.0.1:${cluster.address(follower).peerPort}`);
  await consoleTells(t, cluster, leader, 'releases-differ');
  setFaults(cluster, follower, { release: '9.9.9' });
  await load.stop();
  await prometheus.resolves('PaxosKVReplicaLagging');

  await prometheus.fires('PaxosKVVersionsDiffer');
  await cluster.kill(follower);
  setFaults(cluster, follower);
  cluster.restart(follower);
  await prometheus.resolves('PaxosKVVersionsDiffer');
});
