import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { RawClient } from './testing/raw-client.ts';
import { runServer } from './testing/running-server.ts';
import { member, OTHER, SELF, StoreDoor } from './testing/store-door.ts';

const MOVED_FOO = '-MOVED 12182 127.0.0.1:5380\r\n';
const MEMBERS = [member(SELF, 5379), member(OTHER, 5380)];

async function follower(context: TestContext): Promise<{ door: StoreDoor; client: RawClient }> {
  const door = new StoreDoor();
  door.statusChanges = { role: 'follower', leader: OTHER, members: MEMBERS };
  const server = await runServer(context, door, { mode: 'cluster' });
  return { door, client: await RawClient.open(server.port) };
}

test('a follower sends keyed commands to the leader, and serves those without keys', async (context) => {
  const { door, client } = await follower(context);
  await client.ask('set foo 1\r\nget foo\r\nwatch foo\r\n', MOVED_FOO.repeat(3));
  assert.equal(door.reads + door.writes, 0);
  await client.ask('dbsize\r\nping\r\n', ':0\r\n+PONG\r\n');
});

test('the leader serves everything, whichever slots the keys are in', async (context) => {
  const server = await runServer(context, new StoreDoor(), { mode: 'cluster' });
  const client = await RawClient.open(server.port);
  await client.ask('mset a 1 foo 2\r\nmget foo a\r\n', '+OK\r\n*2\r\n$1\r\n2\r\n$1\r\n1\r\n');
});

test('READONLY lets a follower answer reads, never writes', async (context) => {
  const { client } = await follower(context);
  await client.ask('readonly\r\nget foo\r\nset foo 1\r\n', `+OK\r\n$-1\r\n${MOVED_FOO}`);
  await client.ask('readwrite\r\nget foo\r\n', `+OK\r\n${MOVED_FOO}`);
});

test('a redirection inside MULTI comes when the command is queued, and aborts EXEC', async (context) => {
  const { client } = await follower(context);
  await client.ask(
    'multi\r\nset foo 1\r\nexec\r\n',
    `+OK\r\n${MOVED_FOO}-EXECABORT Transaction discarded because of previous errors.\r\n`,
  );
});

test('without a leader nothing is done, and the error says so', async (context) => {
  const door = new StoreDoor();
  door.statusChanges = { role: 'follower', leader: undefined, members: MEMBERS };
  const server = await runServer(context, door, { mode: 'cluster' });
  const client = await RawClient.open(server.port);
  await client.ask(
    'get foo\r\n',
    '-CLUSTERDOWN The cluster is down: no leader is known, nothing was done, try again\r\n',
  );
  await client.ask('cluster slots\r\n', '*0\r\n');
  client.send('cluster info\r\n');
  await client.expectMatch(/cluster_state:fail\r\n[^]*\r\n\r\n$/);
});

for (const mode of ['plain', 'cluster'] as const) {
  test(`the ${mode} port describes the cluster by cluster ports, the leader first`, async (context) => {
    const door = new StoreDoor();
    const learner = { ...member(3, 5381), voter: false };
    door.statusChanges = { role: 'follower', leader: OTHER, members: [...MEMBERS, learner] };
    const server = await runServer(context, door, { mode });
    const client = await RawClient.open(server.port);
    const [self, other] = ['3f9a00c1d2e4', '0000000000aa'].map((id) => id.padStart(40, '0')) as [
      string,
      string,
    ];
    await client.ask(
      'cluster slots\r\n',
      `*1\r\n*4\r\n:0\r\n:16383\r\n${slotsNode(5380, other)}${slotsNode(5379, self)}`,
    );
    await client.ask('cluster myid\r\n', `$40\r\n${self}\r\n`);
    await client.ask('cluster keyslot foo\r\n', ':12182\r\n');
    client.send('cluster nodes\r\n');
    const nodes = await client.expectMatch(/\n\r\n$/);
    assert.match(nodes, new RegExp(`${other} 127.0.0.1:5380@7379 master - 0 0 7 connected 0-16383\n`));
    assert.match(nodes, new RegExp(`${self} 127.0.0.1:5379@7379 myself,slave ${other} 0 0 7 connected\n`));
    client.send('cluster shards\r\n');
    const shards = await client.expectMatch(/loading\r\n$/);
    assert.match(shards, /master[^]*online[^]*replica/);
  });
}

test('the plain port never redirects', async (context) => {
  const door = new StoreDoor();
  door.statusChanges = { role: 'follower', leader: OTHER, members: MEMBERS };
  const server = await runServer(context, door);
  const client = await RawClient.open(server.port);
  await client.ask('set foo 1\r\nget foo\r\n', '+OK\r\n$1\r\n1\r\n');
});

function slotsNode(port: number, id: string): string {
  return `*4\r\n$9\r\n127.0.0.1\r\n:${port}\r\n$40\r\n${id}\r\n*0\r\n`;
}
