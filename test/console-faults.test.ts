/**
 * What the consoles of real replicas say of faults that are made here, and that they say it no more afterwards. Faults that alerts are
 * about, too, are made in test/alerts, where the consoles are asked as well.
 */
import { test } from 'node:test';
import { OTHER_SECRET, SECRET, secretsOf } from '../node/src/auth/testing/secret-files.ts';
import { consoleSaysHealthy, consoleTells } from './testing/console-tells.ts';
import { FAULTY_REPLICA, faultsNoticed, setFaults } from './testing/machine-faults.ts';
import { RealOperator } from './testing/operator.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { SteadyLoad } from './testing/steady-load.ts';

const program = FAULTY_REPLICA;
/** A promise, and with it an election, takes longer than two frames of a console are apart. */
const SLOW_VOTE_MS = 3_000;
/** A change takes some twenty of it, and so longer than two frames are apart. */
const SLOW_CHANGE_MS = 250;

/** Nothing gets through between the replica and its peers; the rest of its ports can be reached. */
function cutOff(cluster: RealCluster, index: number): void {
  const others = cluster.indexes.filter((other) => other !== index);
  const peerPort = (of: number): number => cluster.address(of).peerPort;
  setFaults(cluster, index, { unreachablePorts: others.map(peerPort) });
  for (const other of others) setFaults(cluster, other, { unreachablePorts: [peerPort(index)] });
}

function mend(cluster: RealCluster): void {
  for (const index of cluster.indexes) setFaults(cluster, index);
}

/** A leader, and one of those that follow it. */
async function rolesOf(cluster: RealCluster): Promise<{ leader: number; follower: number }> {
  const leader = await cluster.leader();
  return { leader, follower: (leader + 1) % cluster.indexes.length };
}

test('a follower that is cut off from its peers is told of, and how far it is behind', async (t) => {
  const cluster = await RealCluster.start(t, 3, { program });
  const { leader, follower } = await rolesOf(cluster);
  const load = new SteadyLoad(cluster, leader, 4);
  cutOff(cluster, follower);
  for (const viewer of [leader, follower])
    await consoleTells(t, cluster, viewer, ['link-down', follower], ['lagging', follower]);
  mend(cluster);
  await load.stop();
  await consoleSaysHealthy(cluster, follower);
});

test('a follower that takes part, and whose admin port does not answer, is told of', async (t) => {
  const cluster = await RealCluster.start(t, 3, { program });
  const { leader, follower } = await rolesOf(cluster);
  setFaults(cluster, leader, { unreachablePorts: [cluster.address(follower).adminPort] });
  await consoleTells(t, cluster, leader, ['admin-port-silent', follower]);
  mend(cluster);
  await consoleSaysHealthy(cluster, leader);
});

test('a replica that has another cluster secret is told of', async (t) => {
  const [right, wrong] = [secretsOf(t, [SECRET]).name, secretsOf(t, [OTHER_SECRET]).name];
  const access = { password: undefined, clusterSecret: right, tls: undefined };
  const cluster = await RealCluster.start(t, 3, { program, access });
  const { leader, follower } = await rolesOf(cluster);
  const restartWith = async (file: string): Promise<void> => {
    await cluster.kill(follower);
    setFaults(cluster, follower, { options: [`--cluster-secret-file=${file}`] });
    cluster.restart(follower);
  };
  await restartWith(wrong);
  await consoleTells(t, cluster, leader, ['secret-refused', follower]);
  await restartWith(right);
  await consoleSaysHealthy(cluster, leader);
});

test('a replica that is about to end is told of as not ready', async (t) => {
  const cluster = await RealCluster.start(t, 3, { drainTime: '1m' });
  const { leader, follower } = await rolesOf(cluster);
  cluster.signal(follower, 'SIGTERM');
  await consoleTells(t, cluster, leader, ['not-ready', follower]);
  await cluster.kill(follower);
  cluster.restart(follower);
  await consoleSaysHealthy(cluster, leader);
  // Nobody waits for three to take their time.
  await cluster.kill(...cluster.indexes);
});

test('an election is told of while it lasts', async (t) => {
  const cluster = await RealCluster.start(t, 3, { program });
  for (const index of cluster.indexes) {
    setFaults(cluster, index, { slowDiskMs: SLOW_VOTE_MS });
    await faultsNoticed(cluster, index);
  }
  const { leader, follower } = await rolesOf(cluster);
  const told = consoleTells(t, cluster, follower, 'electing');
  await cluster.kill(leader);
  await told;
  mend(cluster);
  cluster.restart(leader);
  await consoleSaysHealthy(cluster, follower);
});

test('a change of the members is told of while it is under way, and how far a learner is', async (t) => {
  const cluster = await RealCluster.startFresh(t, 4, { program });
  const operator = new RealOperator(cluster);
  await operator.found(0);
  for (const voter of [1, 2]) await operator.add(voter);
  const learner = 3;
  const { id } = await operator.status(learner);
  const leader = await operator.leader();
  for (const follower of operator.members.filter((index) => index !== leader)) {
    setFaults(cluster, follower, { slowDiskMs: SLOW_CHANGE_MS });
    await faultsNoticed(cluster, follower);
  }
  const told = consoleTells(t, cluster, leader, 'members-changing');
  await operator.insist('POST', '/v1/members', { id, ...cluster.address(learner) });
  await told;
  mend(cluster);
  await consoleTells(t, cluster, leader, ['learner-level', learner]);

  cutOff(cluster, learner);
  const load = new SteadyLoad(cluster, leader);
  await consoleTells(t, cluster, leader, ['learner-behind', learner]);
  mend(cluster);
  await consoleTells(t, cluster, leader, ['learner-level', learner]);
  await load.stop();
  await operator.add(learner);
  await consoleSaysHealthy(cluster, leader);
});
