/** The operator's way to a replica, against replicas: what one says is what the other understands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ReplicaClient,
  type ReplicaEndpoint,
  ReplicaFailure,
} from '../operator/src/replica-client/replica-client.ts';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';

const CLUSTER_ID = 'c2'.repeat(16);
const SOON = ['not-caught-up', 'older-release', 'change-under-way', 'not-done', 'quorum-at-risk'];

/** Asks again while the answer is "not yet", as the operator does with each look. */
async function untilDone(ask: () => Promise<void>): Promise<void> {
  await eventually('it is done', async () => {
    try {
      await ask();
      return true;
    } catch (error) {
      assert.ok(error instanceof ReplicaFailure && SOON.includes(error.code), String(error));
      return undefined;
    }
  });
}

test('ReplicaClient founds a cluster of fresh replicas, changes its members and moves the lead', async (t) => {
  const cluster = await RealCluster.startFresh(t, 4);
  const client = new ReplicaClient(() => true);
  t.after(() => client.close());
  const at = (index: number): ReplicaEndpoint => {
    const { host, adminPort: port } = cluster.address(index);
    return { address: host, port, host, secret: undefined, authority: undefined };
  };
  const reports = await Promise.all(
    cluster.indexes.map((index) => eventually(`replica ${index} answers`, () => client.status(at(index)))),
  );
  const member = (index: number) => ({ id: reports[index]?.id ?? '', ...cluster.address(index) });
  assert.ok(
    reports.every(
      ({ role, cluster: known, members }) =>
        role === 'stranger' && known === undefined && members.length === 0,
    ),
  );

  const founders = [0, 1, 2].map(member);
  await client.bootstrap(at(0), CLUSTER_ID, member(0).id, founders);
  await client.bootstrap(at(0), CLUSTER_ID, member(0).id, founders);
  await assert.rejects(client.bootstrap(at(0), 'd2'.repeat(16), member(0).id, founders), {
    name: 'ReplicaFailure',
    code: 'other-cluster',
  });

  const led = await eventually('a leader whom a quorum follows', async () => {
    const report = await client.status(at(0));
    const isLed = report?.leader !== undefined && report.members.every(({ connected }) => connected);
    return isLed ? report : undefined;
  });
  assert.deepEqual(
    led.members.map(({ id, voter }) => [id, voter]),
    founders.map(({ id }) => [id, true]),
  );
  const indexOf = (id: string | undefined): number => reports.findIndex((report) => report.id === id);
  let leader = indexOf(led.leader);

  await untilDone(() => client.addLearner(at(leader), member(3)));
  await untilDone(() => client.promote(at(leader), member(3).id));
  await untilDone(() => client.transfer(at(leader), member(3).id));
  leader = 3;
  await assert.rejects(client.promote(at(0), member(1).id), { code: 'not-leader' });
  await untilDone(() => client.remove(at(leader), member(0).id));
  await client.remove(at(leader), member(0).id);
  const left = await client.status(at(leader));
  assert.equal(left?.role, 'leader');
  assert.deepEqual(left.removed, [member(0).id]);
  // It was answered that the removal is complete, and only who leads knows that.
  assert.equal(left.changeUnderWay, false);
  assert.equal((await client.status(at(2)))?.changeUnderWay, undefined);
  assert.deepEqual(
    left.members.map(({ lagSlots }) => typeof lagSlots),
    ['number', 'number', 'number'],
  );

  await cluster.kill(1);
  assert.equal(await client.status(at(1)), undefined);
  await assert.rejects(client.promote(at(1), member(2).id), { code: 'no-answer' });
});
