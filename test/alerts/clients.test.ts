/** Clients that don't get to know what became of their writes, that are cut by a limit, or that can't follow. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { RespConnection } from '../testing/resp-connection.ts';
import { prometheusMissing } from './testing/real-prometheus.ts';
import { watchedCluster } from './testing/watched-cluster.ts';

const skip = prometheusMissing();
const MIB = 1024 * 1024;
const WATCHERS = 6;
/** More than sockets and queues hold of one watcher: 8 MiB wait in the replica, and some in the system. */
const WATCHED_BYTES = 48 * MIB;
const VALUE_BYTES = 64 * 1024;
/** All of them together hold more than the 256 MiB that may arrive at a time. */
const UNFINISHED_BODIES = 90;
const BODY_BYTES = 6 * MIB;

test('a leader that is left alone with writes under way', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t);
  const leader = await cluster.leader();
  const connection = await RespConnection.open(cluster.address(leader).redisPort);
  assert.equal(await connection.ask('SET', 'before', '1'), '+OK\r\n');
  const others = cluster.indexes.filter((index) => index !== leader);
  for (const index of others) cluster.signal(index, 'SIGSTOP');
  assert.match((await connection.ask('SET', 'during', '1')) ?? '', /^-UNKNOWNOUTCOME /);
  connection.close();
  await prometheus.fires('PaxosKVUnknownOutcomes');
  for (const index of others) cluster.signal(index, 'SIGCONT');
  await prometheus.resolves('PaxosKVUnknownOutcomes');
});

test('requests that never end, and watchers that do not read', { skip }, async (t) => {
  const { cluster, prometheus } = await watchedCluster(t, 1);
  const { httpPort, redisPort } = cluster.address(0);
  const sockets: Socket[] = [];
  const begin = async (text: string): Promise<Socket> => {
    const socket = connect({ port: httpPort, host: '127.0.0.1' });
    // What is closed by the other side is the point.
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  for (let index = 0; index < UNFINISHED_BODIES; index += 1) {
    const socket = await begin(
      `PUT /v1/kv/k${index} HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY_BYTES + 1}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(BODY_BYTES));
  }
  const [cut] = await prometheus.fires('PaxosKVClientsCut');
  assert.equal(cut?.labels['reason'], 'http-bodies');
  for (const socket of sockets.splice(0)) socket.destroy();

  for (let index = 0; index < WATCHERS; index += 1) {
    const socket = await begin(
      'GET /v1/watch?prefix=w HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n',
    );
    await once(socket, 'data');
    socket.pause();
  }
  const writer = await RespConnection.open(redisPort);
  for (let sent = 0; sent < WATCHED_BYTES; sent += VALUE_BYTES) {
    assert.equal(await writer.ask('SET', 'w', 'x'.repeat(VALUE_BYTES)), '+OK\r\n');
  }
  writer.close();
  await prometheus.fires('PaxosKVSlowWatchers');
  for (const socket of sockets) socket.destroy();
  await prometheus.resolves('PaxosKVClientsCut', 'PaxosKVSlowWatchers');
});
