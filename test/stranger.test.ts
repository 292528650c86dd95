/** A replica that has lost its disk is not the voter that it was, and doesn't pretend to be. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

// The first one listed is the one that founds a new cluster, and could do it again.
for (const lost of [0, 1]) {
  test(`replica ${lost} without its directory is a stranger, and the other two go on`, async (t) => {
    const cluster = await RealCluster.start(t);
    const others = cluster.indexes.filter((index) => index !== lost);
    const before = await cluster.status(lost);
    const survivor = await RespConnection.open(cluster.address(others[0] ?? 0).redisPort);
    assert.equal(await survivor.ask('SET', 'kept', 'yes'), '+OK\r\n');

    await cluster.kill(lost);
    rmSync(cluster.directoryOf(lost), { recursive: true });
    cluster.restart(lost);
    const after = await eventually('it answers', () => cluster.status(lost));
    assert.notEqual(after.id, before?.id);
    assert.equal(after.role, 'stranger');
    assert.deepEqual(await cluster.readiness(lost), {
      code: 503,
      body: { ready: false, reasons: ['it belongs to no cluster: it waits until a member adds it'] },
    });
    await eventually('it says so', () =>
      cluster.lines(lost).some((line) => /a stranger: .* waits until|fresh, waits for a member/.test(line))
        ? true
        : undefined,
    );
    const refused = await RespConnection.open(cluster.address(lost).redisPort);
    assert.match((await refused.ask('GET', 'kept')) ?? '', /^-CLUSTERDOWN .*nothing was done/);
    assert.match((await refused.ask('SET', 'kept', 'no')) ?? '', /^-CLUSTERDOWN .*nothing was done/);

    await cluster.ready(...others);
    assert.equal(await survivor.ask('INCR', 'counter'), ':1\r\n');

    // One of three members and a stranger are no quorum: if the stranger voted, this would be done.
    const [first = 0, second = 0] = others;
    await cluster.kill(second);
    await eventually('nothing is done without a quorum', async () => {
      const reply = await survivor.ask('INCR', 'counter');
      return reply?.startsWith('-') === true ? true : undefined;
    });
    const status = await cluster.status(lost);
    assert.equal(status?.role, 'stranger');
    assert.equal(status.cluster, null);

    cluster.restart(second);
    await cluster.ready(first, second);
    assert.equal(await survivor.ask('GET', 'kept'), '$3\r\nyes\r\n');
    assert.match((await survivor.ask('INCR', 'counter')) ?? '', /^:[23]\r\n$/);
  });
}
