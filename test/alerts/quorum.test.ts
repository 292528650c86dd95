/** Replicas that die, freeze, or have disks that stand still: who is woken, and who is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../testing/deadline.ts';
import { consoleTells } from '../testing/console-tells.ts';
import { prometheusMissing } from './testing/real-prometheus.ts';
import { faultsNoticed, setFaults } from '../testing/machine-faults.ts';
import { SteadyLoad } from '../testing/steady-load.ts';
import { watchedCluster } from './testing/watched-cluster.ts';

/** Longer than the test. */
const NEVER_MS = 10 ** 9;
/** Several in the quarter of a minute that the alert looks back. */
const BETWEEN_TRANSFERS_MS = 500;

test('a lost quorum, and a frozen replica', { skip: prometheusMissing() }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t);
  // There is no operator, which is told of after a while.
  assert.deepEqual(
    (await prometheus.firing()).filter(({ name }) => name !== 'PaxosKVOperatorDown'),
    [],
  );

  const leader = await cluster.leader();
  const [one, other] = cluster.indexes.filter((index) => index !== leader) as [number, number];
  await cluster.kill(one, other);
  await prometheus.fires('PaxosKVQuorumLost', 'PaxosKVReplicaSilent');
  await consoleTells(t, cluster, leader, 'no-quorum');
  cluster.restart(one);
  cluster.restart(other);
  await cluster.allReady();
  await prometheus.resolves('PaxosKVQuorumLost', 'PaxosKVReplicaSilent');

  const follower = cluster.indexes.find((index) => index !== leader) as number;
  const now = await cluster.leader();
  const frozen = now === follower ? leader : follower;
  cluster.signal(frozen, 'SIGSTOP');
  const [silent, down] = await prometheus.fires('PaxosKVReplicaSilent', 'PaxosKVMemberDown');
  assert.equal(silent?.labels['pod'], `demo-${frozen}`);
  await consoleTells(t, cluster, now, 'replica-down');
  assert.equal(down?.labels['address'], `127.0.0.1:${cluster.address(frozen).peerPort}`);
  cluster.signal(frozen, 'SIGCONT');
  await prometheus.resolves('PaxosKVReplicaSilent', 'PaxosKVMemberDown');

  await cluster.allReady();
});

test('disks that stand still', { skip: prometheusMissing() }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t);
  const load = new SteadyLoad(cluster, 0);
  const first = await cluster.leader();
  for (const index of cluster.indexes)
    if (index !== first) setFaults(cluster, index, { slowDiskMs: NEVER_MS });
  const [, hangs] = await prometheus.fires('PaxosKVWritesStandStill', 'PaxosKVDiskHangs');
  assert.notEqual(hangs?.labels['pod'], `demo-${first}`);
  await consoleTells(t, cluster, first, 'writes-stand-still', 'disk-hangs');
  for (const index of cluster.indexes) setFaults(cluster, index);
  await prometheus.resolves('PaxosKVWritesStandStill', 'PaxosKVDiskHangs');

  // The others choose without the leader's disk, so that it has something to write when theirs stand still, too.
  const leader = await cluster.leader();
  setFaults(cluster, leader, { slowDiskMs: NEVER_MS });
  await faultsNoticed(cluster, leader);
  const { chosen } = (await cluster.status(leader)) ?? assert.fail('it answers');
  await eventually('more is chosen', async () =>
    ((await cluster.status(leader))?.chosen ?? 0) > chosen + 1 ? true : undefined,
  );
  for (const index of cluster.indexes) setFaults(cluster, index, { slowDiskMs: NEVER_MS });
  await prometheus.fires('PaxosKVNoLeader');
  await consoleTells(t, cluster, leader, 'no-leader');
  for (const index of cluster.indexes) setFaults(cluster, index);
  await prometheus.resolves('PaxosKVNoLeader');
  await load.stop();
  await cluster.allReady();
});

test('a leader that is sent around', { skip: prometheusMissing() }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t);
  const seen = new AbortController();
  const transfers = (async () => {
    while (!seen.signal.aborted) {
      const { adminPort } = cluster.address(await cluster.leader());
      // One that has just handed the lead over says so: the next turn asks another.
      await fetch(`http://127.0.0.1:${adminPort}/v1/transfer`, { method: 'POST' });
      await pause(BETWEEN_TRANSFERS_MS);
    }
  })();
  await prometheus.fires('PaxosKVLeaderChangesOften');
  seen.abort();
  await transfers;
  await prometheus.resolves('PaxosKVLeaderChangesOften');
});
