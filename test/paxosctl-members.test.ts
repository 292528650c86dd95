/** `paxosctl` changes who belongs to a cluster, and watches keys, with real processes. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { OPEN_ACCESS } from '../node/src/access-options.ts';
import { SECRET, secretsOf } from '../node/src/auth/testing/secret-files.ts';
import { eventually } from './testing/deadline.ts';
import { FreshReplica } from './testing/fresh-replica.ts';
import { jsonOf, paxosctl, paxosctlAt, statusOnceLed, succeeded, succeeds } from './testing/paxosctl.ts';
import { RealCluster } from './testing/real-cluster.ts';

interface StatusRow {
  readonly id: string;
  readonly role: string;
}

test('paxosctl adds, promotes and removes members and hands the lead over, whichever replica it asks', async (t) => {
  const cluster = await RealCluster.start(t);
  const run = (...args: string[]) => paxosctlAt(cluster, [(args.length * 7) % 3], args);
  const rows = async () =>
    jsonOf(await statusOnceLed(() => run('status', '--output', 'json'))) as StatusRow[];
  const roleOf = async (id: string) => (await rows()).find((row) => row.id === id)?.role;

  const fresh = await FreshReplica.start(t, cluster.address(0), 3);
  const address = `127.0.0.1:${fresh.addresses.peerPort}`;
  const other = await run('member', 'add', '0123456789ab', address);
  assert.equal(other.code, 4);
  assert.match(other.error, new RegExp(`is ${fresh.id}, not 0123456789ab`));
  await succeeds(() => run('member', 'add', fresh.id, address));
  assert.equal(await roleOf(fresh.id), 'learner');
  await succeeds(() => run('member', 'promote', fresh.id));
  assert.equal(await roleOf(fresh.id), 'follower');
  assert.match((await succeeds(() => run('member', 'add', fresh.id, address))).out, /already/);

  await succeeds(() => run('transfer', fresh.id));
  assert.equal(await roleOf(fresh.id), 'leader');
  await succeeds(() => run('transfer'));
  assert.notEqual(await roleOf(fresh.id), 'leader');
  const nobody = await run('transfer', '0123456789ab');
  assert.equal(nobody.code, 4);
  assert.match(nobody.error, /refused: .*[^]*try: paxosctl status shows the ids/);

  await succeeds(() => run('member', 'remove', fresh.id));
  await eventually('it is gone', async () =>
    (await rows()).some(({ id }) => id === fresh.id) ? undefined : true,
  );
  const again = await run('member', 'add', fresh.id, address);
  assert.equal(again.code, 4);
  assert.match(again.error, /empty its directory/);
});

test('paxosctl status and verify show a voter whose disk was lost, and what to do about it', async (t) => {
  const cluster = await RealCluster.start(t);
  const rowsOf = async () =>
    jsonOf(await paxosctlAt(cluster, [0], ['status', '--output', 'json'])) as (StatusRow & {
      voter: boolean | null;
      reasons: string[];
    })[];
  const before = await rowsOf();
  await cluster.kill(2);
  rmSync(cluster.directoryOf(2), { recursive: true });
  cluster.restart(2);
  const rows = await eventually('the stranger answers', async () => {
    const found = await rowsOf();
    return found.some(({ role }) => role === 'stranger') ? found : undefined;
  });
  assert.equal(rows.length, 4);
  const lost = rows.find(({ role }) => role === 'lost');
  const stranger = rows.find(({ role }) => role === 'stranger');
  assert.ok(lost !== undefined && stranger !== undefined);
  assert.ok(before.some(({ id }) => id === lost.id));
  assert.equal(lost.voter, true);
  assert.match(lost.reasons[0] ?? '', new RegExp(`answers as stranger ${stranger.id}.*replace it`));
  const text = await paxosctlAt(cluster, [0], ['status']);
  assert.match(text.error, /Voters: 2 of 3 answer, 2 must/);
  const alone = await paxosctlAt(cluster, [2], ['verify']);
  assert.equal(alone.code, 5);
  assert.match(alone.error, /belongs to no cluster.*--endpoints/);
  const verified = await paxosctlAt(cluster, [0], ['verify']);
  assert.equal(verified.code, 5);
  assert.match(verified.out, new RegExp(`${lost.id} +unknown`));
  // What it advises is what helps.
  const [, add = '', remove = '', promote = ''] =
    /by paxosctl (member add .*), when that is level (.*), then (.*)$/.exec(lost.reasons[0] ?? '') ?? [];
  await succeeds(() => paxosctlAt(cluster, [0], add.split(' ')));
  await succeeds(() => paxosctlAt(cluster, [0], remove.split(' ')));
  await eventually('it is level, and can be promoted', async () =>
    (await paxosctlAt(cluster, [0], promote.split(' '))).code === 0 ? true : undefined,
  );
  assert.deepEqual((await rowsOf()).map(({ role }) => role).toSorted(), ['follower', 'follower', 'leader']);
});

test('paxosctl member add shows the cluster secret to nobody at an address that was typed', async (t) => {
  const { name: clusterSecret } = secretsOf(t, [SECRET]);
  const access = { ...OPEN_ACCESS, clusterSecret };
  const cluster = await RealCluster.start(t, 1, { access });
  const shown: (string | undefined)[] = [];
  const stranger = createServer(({ headers }, response) => {
    shown.push(headers.authorization);
    response.end(JSON.stringify({ live: true, id: 'abcdefabcdef' }));
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  t.after(() => stranger.close());
  const { port } = stranger.address() as AddressInfo;
  const args = ['member', 'add', '0123456789ab', `127.0.0.1:7379,admin=${port}`];
  const said = await paxosctlAt(cluster, [0], args, {
    environment: { PAXOSCTL_CLUSTER_SECRET_FILE: clusterSecret },
  });
  assert.equal(said.code, 4, said.error);
  assert.match(said.error, /is abcdefabcdef, not 0123456789ab/);
  assert.deepEqual(shown, [undefined]);
});

test('paxosctl founds a cluster at a fresh replica, once', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  assert.match((await succeeds(() => paxosctlAt(cluster, [0], ['verify']))).out, / alone .*the only member/);
  const belongs = await paxosctlAt(cluster, [0], ['bootstrap']);
  assert.equal(belongs.code, 4);
  assert.match(belongs.error, /belongs to cluster [0-9a-f]{32} already/);
  const fresh = await FreshReplica.start(t, cluster.address(0), 3);
  const endpoints = ['--endpoints', `127.0.0.1:${fresh.addresses.adminPort}`];
  const id = 'ab'.repeat(16);
  await succeeds(() => paxosctl(['bootstrap', '--cluster', id, ...endpoints]));
  await succeeds(() => paxosctl(['bootstrap', '--cluster', id, ...endpoints]));
  const other = await paxosctl(['bootstrap', '--cluster', 'cd'.repeat(16), ...endpoints]);
  assert.equal(other.code, 4);
  const status = await eventually('it leads itself', async () => {
    const said = await paxosctl(['status', ...endpoints]);
    return said.code === 0 ? said : undefined;
  });
  assert.match(status.out, new RegExp(`^${fresh.id} +leader`, 'm'));
});

test('paxosctl watch goes on at another replica when its own is killed, and misses nothing', async (t) => {
  const cluster = await RealCluster.start(t);
  const put = async (key: string, value: string) =>
    await succeeds(() => paxosctlAt(cluster, [0, 1, 2], ['put', key, value]));
  await put('a/1', 'x');
  const args = ['watch', 'a/', '--prefix', '--from', '1', '--limit', '4', '--output', 'json'];
  const watching = paxosctlAt(cluster, [0, 1, 2], args);
  await put('a/2', 'y');
  const leader = await cluster.leader();
  await cluster.kill(leader);
  await put('b', 'not this one');
  await put('a/1', 'z');
  await succeeds(() => paxosctlAt(cluster, [0, 1, 2], ['del', 'a/2']));
  const changes = succeeded(await watching)
    .out.trim()
    .split('\n');
  const events = changes.map(
    (change) => (JSON.parse(change) as { events: { type: string; key: string }[] }).events[0],
  );
  assert.deepEqual(
    events.map((event) => `${event?.type} ${event?.key}`),
    ['put a/1', 'put a/2', 'put a/1', 'delete a/2'],
  );
});
