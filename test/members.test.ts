/** Real processes come and go under load: from one replica to five and back, and nothing that was acknowledged is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './testing/deadline.ts';
import { Load } from './testing/load.ts';
import { CLUSTER_ID, RealOperator } from './testing/operator.ts';
import { RealCluster } from './testing/real-cluster.ts';

const CLIENTS = 6;
/** Requests between two changes: a fraction of a second of this load. */
const SOME_REQUESTS = 100;

test('a cluster grows from one replica to five and shrinks to another one under load, and loses nothing', async (t) => {
  const cluster = await RealCluster.startFresh(t, 5);
  const operator = new RealOperator(cluster);
  await operator.found(0);
  const load = new Load(t, cluster, CLIENTS);
  for (const index of [1, 2, 3, 4]) {
    await load.progress(SOME_REQUESTS);
    await operator.add(index);
  }
  await cluster.allReady();
  // The founder goes, and whoever leads then: once as it is, once after it has handed over.
  await load.progress(SOME_REQUESTS);
  await operator.remove(0);
  await load.progress(SOME_REQUESTS);
  await operator.remove(await operator.leader());
  await load.progress(SOME_REQUESTS);
  const leading = await operator.leader();
  await operator.insist('POST', '/v1/transfer');
  await operator.remove(leading);
  await load.progress(SOME_REQUESTS);
  const follower = operator.members.find((index) => index !== leading);
  await operator.remove(follower ?? -1);
  await load.progress(SOME_REQUESTS);
  await load.stop();
  t.diagnostic(load.summary);
  assert.equal(operator.members.length, 1);
  await load.assertNothingLost(operator.members);
});

test('requests to change members say why they are refused, and may be repeated', async (t) => {
  const cluster = await RealCluster.startFresh(t, 3);
  const operator = new RealOperator(cluster);
  const [zero, one, two] = await Promise.all([0, 1, 2].map((index) => operator.status(index)));
  assert.ok(zero && one && two);
  assert.match(zero.unreadyReasons.join(), /it belongs to no cluster/);
  const wrong = await operator.ask(0, 'POST', '/v1/bootstrap', { cluster: CLUSTER_ID, replica: one.id });
  assert.equal(wrong?.status, 409);
  await operator.found(0);
  await operator.found(0);
  const other = await operator.ask(0, 'POST', '/v1/bootstrap', { cluster: 'c2'.repeat(16) });
  assert.equal(other?.body['detail'], `this replica belongs to cluster ${CLUSTER_ID}, and founds no other`);
  await operator.add(1);
  await operator.add(1);
  await cluster.ready(0, 1);
  // An id of nobody: should the one who is asked lead by then, it does no harm.
  const refused = await eventually('a follower names the leader', async () => {
    const follower = (await operator.leader()) === 0 ? 1 : 0;
    const answer = await operator.ask(follower, 'DELETE', `/v1/members/${'f'.repeat(12)}`);
    return answer?.status === 421 ? { follower, answer } : undefined;
  });
  assert.equal(
    (refused.answer.body['leader'] as { id: string }).id,
    refused.follower === 0 ? one.id : zero.id,
  );

  // With one of two voters down the other can do nothing; with a dead learner it can do everything.
  await operator.tell('POST', '/v1/members', { id: two.id, ...cluster.address(2) });
  await cluster.kill(2);
  const early = await eventually('the leader sees that it is gone', async () => {
    const answer = await operator.tell('POST', `/v1/members/${two.id}/promote`);
    return answer.status === 409 ? answer : undefined;
  });
  assert.match(String(early.body['detail']), /has not caught up/);
  cluster.restart(2);
  await operator.add(2);
  await cluster.kill(2);
  const risky = await eventually('the leader sees that it is gone', async () => {
    const answer = await operator.tell('DELETE', `/v1/members/${one.id}`);
    return answer.status === 409 ? answer : undefined;
  });
  assert.match(String(risky.body['detail']), /of the 2 voters that there would be, only 1/);
  await operator.insist('DELETE', `/v1/members/${two.id}`);
  const again = await operator.tell('DELETE', `/v1/members/${two.id}`);
  assert.deepEqual([again.status, again.body['already']], [200, true]);
  // It comes back, and is told.
  cluster.restart(2);
  assert.equal(await cluster.ended(2), 'exit code 4');
  assert.ok(cluster.lines(2).some((line) => /was removed from the cluster/.test(line)));
  const back = await operator.tell('POST', '/v1/members', { id: two.id, ...cluster.address(2) });
  assert.match(String(back.body['detail']), /was removed once and never comes back/);
});
