import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaEvent } from '../observe/events.ts';
import { OK } from '../kv/reply.ts';
import { Failure } from '../replica/door.ts';
import { outstandingRequestsMax } from './limits.ts';
import { RawClient, request } from './testing/raw-client.ts';
import { runServer } from './testing/running-server.ts';
import { ScriptedDoor } from './testing/scripted-door.ts';
import { StoreDoor } from './testing/store-door.ts';

async function scripted(
  context: Parameters<typeof runServer>[0],
): Promise<{ door: ScriptedDoor; client: RawClient }> {
  const door = new ScriptedDoor();
  const server = await runServer(context, door);
  return { door, client: await RawClient.open(server.port) };
}

test('of one client only one long read goes on at a time', async (context) => {
  const { door, client } = await scripted(context);
  client.send('get a\r\nkeys a*\r\nkeys b*\r\nscan 0\r\nget b\r\n');
  assert.deepEqual(await door.called(1), ['read a']);
  door.settle(0, null);
  assert.deepEqual(await door.called(2), ['read a', 'read a*']);
  door.settle(1, []);
  assert.deepEqual((await door.called(3)).slice(2), ['read b*']);
  door.settle(2, []);
  assert.deepEqual((await door.called(5)).slice(3), ['read 0', 'read b']);
  door.settle(3, ['0', []]);
  door.settle(4, 'B');
  await client.expect('$-1\r\n*0\r\n*0\r\n*2\r\n$1\r\n0\r\n*0\r\n$1\r\nB\r\n');
});

test('a part of a value is read when the writes before it are done, and not in the log', async (context) => {
  const { door, client } = await scripted(context);
  client.send('append a 1\r\ngetrange a 0 0\r\ngetrange a 1 1\r\n');
  assert.deepEqual(await door.called(1), ['write a 1']);
  door.settle(0, 2);
  assert.deepEqual((await door.called(3)).slice(1), ['read a 0 0', 'read a 1 1']);
  door.settle(1, '0');
  door.settle(2, '1');
  await client.expect(':2\r\n$1\r\n0\r\n$1\r\n1\r\n');
});

test('answers leave in the order of the requests, those of the connection itself too', async (context) => {
  const { door, client } = await scripted(context);
  client.send('get a\r\nping\r\nget b\r\necho x\r\n');
  await door.called(2);
  door.settle(1, 'B');
  door.settle(0, 'A');
  await client.expect('$1\r\nA\r\n+PONG\r\n$1\r\nB\r\n$1\r\nx\r\n');
});

test('a read behind an unanswered write of its connection goes through the log', async (context) => {
  const { door, client } = await scripted(context);
  client.send('set a 1\r\nget a\r\nset a 2\r\nget a\r\n');
  assert.deepEqual(await door.called(4), ['write a 1', 'write a', 'write a 2', 'write a']);
  door.settle(3, '2');
  door.settle(2, OK);
  door.settle(0, OK);
  door.settle(1, '1');
  await client.expect('+OK\r\n$1\r\n1\r\n+OK\r\n$1\r\n2\r\n');
  client.send('get a\r\n');
  assert.equal((await door.called(5))[4], 'read a');
});

test('a write waits until the reads of its connection are answered', async (context) => {
  const door = new ScriptedDoor();
  const server = await runServer(context, door);
  const [client, other] = [await RawClient.open(server.port), await RawClient.open(server.port)];
  client.send('get a\r\nget b\r\nset a 2\r\nget a\r\n');
  assert.deepEqual(await door.called(2), ['read a', 'read b']);
  door.settle(1, null);
  // The ping is a round trip later: the door has had its turn.
  await other.ask('ping\r\n', '+PONG\r\n');
  assert.equal(door.calls.length, 2);
  door.settle(0, '1');
  assert.deepEqual((await door.called(4)).slice(2), ['write a 2', 'write a']);
  door.settle(2, OK);
  door.settle(3, '2');
  await client.expect('$1\r\n1\r\n$-1\r\n+OK\r\n$1\r\n2\r\n');
});

test('different connections do not wait for each other', async (context) => {
  const door = new ScriptedDoor();
  const server = await runServer(context, door);
  const [reader, writer] = [await RawClient.open(server.port), await RawClient.open(server.port)];
  reader.send('get a\r\n');
  await door.called(1);
  writer.send('set a 1\r\n');
  await door.called(2);
  door.settle(1, OK);
  await writer.expect('+OK\r\n');
});

test('a failure says whether the command may have been done', async (context) => {
  const { door, client } = await scripted(context);
  client.send('set a 1\r\nset b 1\r\n');
  await door.called(2);
  door.settle(0, new Failure('notDone', 'no leader'));
  door.settle(1, new Failure('unknown', 'the leader went away'));
  const text = await client.expectMatch(/\r\n.*\r\n/);
  assert.match(text, /^-CLUSTERDOWN no leader .*\r\n-UNKNOWNOUTCOME the leader went away .*\r\n$/);
});

test('a connection has only so many requests out, and goes on when they are answered', async (context) => {
  const { door, client } = await scripted(context);
  const count = outstandingRequestsMax * 3;
  client.send(request('GET', 'k').repeat(count));
  await door.called(outstandingRequestsMax);
  let settled = 0;
  while (settled < count) {
    await door.called(settled + 1);
    assert.ok(door.calls.length - settled <= outstandingRequestsMax);
    while (settled < door.calls.length) {
      door.settle(settled, 'v');
      settled += 1;
    }
  }
  await client.expect('$1\r\nv\r\n'.repeat(count));
});

test('a deep pipeline is answered whole by a replica that answers at once', async (context) => {
  const server = await runServer(context, new StoreDoor());
  const client = await RawClient.open(server.port);
  const count = outstandingRequestsMax * 20;
  await client.ask(
    request('INCR', 'n').repeat(count),
    Array.from({ length: count }, (_, i) => `:${i + 1}\r\n`).join(''),
  );
});

test('a client that reads slowly gets everything in the end', async (context) => {
  const server = await runServer(context, new StoreDoor());
  const client = await RawClient.open(server.port);
  const value = 'v'.repeat(300_000);
  await client.ask(request('SET', 'k', value), '+OK\r\n');
  client.socket.pause();
  client.send(request('GET', 'k').repeat(200));
  const other = await RawClient.open(server.port);
  await other.ask('ping\r\n', '+PONG\r\n');
  client.socket.resume();
  await client.expect(`$${value.length}\r\n${value}\r\n`.repeat(200));
});

test('nothing is read while the replica is congested', async (context) => {
  const door = new StoreDoor();
  const server = await runServer(context, door);
  const client = await RawClient.open(server.port);
  await client.ask('set a 1\r\n', '+OK\r\n');
  door.congested = true;
  client.send('set a 2\r\nget a\r\n');
  while (door.waiting === 0) await new Promise(setImmediate);
  assert.equal(door.writes, 1);
  door.relieve();
  await client.expect('+OK\r\n$1\r\n2\r\n');
  assert.equal(door.writes, 2);
});

test('a protocol error is said after the answers before it, and ends the connection', async (context) => {
  const { door, client } = await scripted(context);
  client.send('get a\r\n*1\r\n:x\r\nping\r\n');
  await door.called(1);
  door.settle(0, 'A');
  await client.expectMatch(/^\$1\r\nA\r\n-ERR Protocol error: expected '\$', got ':'\r\n$/);
  await client.expectClosed();
});

test('a client that ends its side still gets its answers', async (context) => {
  const { door, client } = await scripted(context);
  client.send('get a\r\nget b\r\n');
  client.socket.end();
  await door.called(2);
  door.settle(0, 'A');
  door.settle(1, 'B');
  await client.expect('$1\r\nA\r\n$1\r\nB\r\n');
  await client.expectClosed();
});

test('a client that vanishes with requests out harms nobody', async (context) => {
  const { door, client } = await scripted(context);
  client.send('set a 1\r\n');
  await door.called(1);
  client.socket.resetAndDestroy();
  await client.expectClosed();
  door.settle(0, OK);
});

test('HTTP is not taken for commands', async (context) => {
  const server = await runServer(context, new StoreDoor());
  const client = await RawClient.open(server.port);
  client.send('POST / HTTP/1.1\r\nHost: x\r\n\r\nset a 1\r\n');
  await client.expectClosed();
  assert.equal(client.received, '');
});

test('QUIT answers and closes; what follows is not executed', async (context) => {
  const door = new StoreDoor();
  const server = await runServer(context, door);
  const client = await RawClient.open(server.port);
  client.send('quit\r\nset a 1\r\n');
  await client.expectMatch(/^\+OK\r\n$/);
  await client.expectClosed();
  assert.equal(door.writes, 0);
});

test('on a closing door a connection has one more answer, which its replica gives, and ends behind it', async (context) => {
  const door = new ScriptedDoor();
  const server = await runServer(context, door);
  const client = await RawClient.open(server.port);
  client.send('get a\r\n');
  await door.called(1);
  const closed = new Promise<void>((resolve) => {
    server.close(resolve);
  });
  const idle = await RawClient.open(server.port).catch((error: NodeJS.ErrnoException) => error.code);
  assert.equal(idle, 'ECONNREFUSED');
  client.send('get b\r\n');
  await door.called(2);
  door.settle(0, 'A');
  door.settle(1, new Failure('notDone', 'this replica is shutting down'));
  await client.expectMatch(/^\$1\r\nA\r\n-CLUSTERDOWN .*shutting down.*\r\n$/);
  await client.expectClosed();
  await closed;
});

test('a closing door ends idle connections after a moment, and waits for the others', async (context) => {
  const door = new ScriptedDoor();
  const server = await runServer(context, door);
  const [idle, between, waiting] = [
    await RawClient.open(server.port),
    await RawClient.open(server.port),
    await RawClient.open(server.port),
  ];
  between.send('multi\r\n');
  await between.expect('+OK\r\n');
  waiting.send('get a\r\n');
  await door.called(1);
  const closed = new Promise<void>((resolve) => {
    server.close(resolve);
  });
  await Promise.all([idle.expectClosed(), between.expectClosed()]);
  door.settle(0, 'A');
  await waiting.expect('$1\r\nA\r\n');
  await waiting.expectClosed();
  await closed;
});

test('every answered command is observed with its outcome', async (context) => {
  const events: ReplicaEvent[] = [];
  const door = new StoreDoor();
  const server = await runServer(context, door, { observer: (event) => events.push(event) });
  const client = await RawClient.open(server.port);
  client.send('set a 1\r\nGET a\r\nincr\r\nnonsense\r\n');
  await client.expectMatch(/unknown command.*\r\n$/);
  const seen = events.flatMap((event) =>
    event.kind === 'commandDone' ? [`${event.name} ${event.outcome}`] : [],
  );
  assert.deepEqual(seen, ['set ok', 'get ok', 'incr error', 'unknown error']);
});
