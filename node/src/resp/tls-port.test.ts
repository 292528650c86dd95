/** The Redis port over TLS, with clients that nobody here wrote. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { secretsOf } from '../auth/testing/secret-files.ts';
import { Authority, withoutOpenssl } from '../tls/testing/certificates.ts';
import { Tls } from '../tls/tls.ts';
import { RawClient } from './testing/raw-client.ts';
import { runServer } from './testing/running-server.ts';
import { StoreDoor } from './testing/store-door.ts';

const REDIS_CLI = '/usr/bin/redis-cli';
const skip = withoutOpenssl;
const run = promisify(execFile);

function tlsOf(t: TestContext, authority: Authority, clientAuthority?: Authority): Tls {
  const tls = new Tls(authority.replicaFiles(undefined, clientAuthority), () => undefined);
  t.after(() => tls.close());
  return tls;
}

/** A certificate of this authority, as a client shows it. */
function shownBy(authority: Authority): object {
  const { certificate, key } = authority.issue();
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

test('ioredis speaks TLS with it: pipelines, large values, passwords', { skip }, async (t) => {
  const authority = new Authority(t);
  const server = await runServer(t, new StoreDoor(), {
    tls: tlsOf(t, authority),
    passwords: secretsOf(t, ['open sesame']).file,
  });
  const redis = new Redis({
    host: '127.0.0.1',
    port: server.port,
    password: 'open sesame',
    tls: { ca: authority.pem },
  });
  t.after(() => redis.disconnect());
  const large = 'x'.repeat(2 * 1024 * 1024);
  assert.equal(await redis.set('a', large), 'OK');
  assert.equal(await redis.get('a'), large);
  const pipeline = redis.pipeline();
  for (let index = 0; index < 2_000; index += 1) pipeline.incr('n');
  assert.equal((await pipeline.exec())?.at(-1)?.[1], 2_000);
});

test('redis-cli --tls checks our certificate', { skip: skip || !existsSync(REDIS_CLI) }, async (t) => {
  const authority = new Authority(t);
  const server = await runServer(t, new StoreDoor(), { tls: tlsOf(t, authority) });
  const args = ['-h', '127.0.0.1', '-p', String(server.port), '--tls'];
  const { stdout } = await run(REDIS_CLI, [...args, '--cacert', authority.file, 'set', 'a', '1']);
  assert.equal(stdout, 'OK\n');
  const stranger = new Authority(t, 'another');
  await assert.rejects(
    run(REDIS_CLI, [...args, '--cacert', stranger.file, 'get', 'a']),
    /certificate verify failed/,
  );
});

test('a client that must show a certificate shows it or stays outside', { skip }, async (t) => {
  const [replicas, clients] = [new Authority(t), new Authority(t, 'clients')];
  const server = await runServer(t, new StoreDoor(), { tls: tlsOf(t, replicas, clients) });
  const connectWith = (shown: object) => {
    const redis = new Redis({
      host: '127.0.0.1',
      port: server.port,
      tls: { ca: replicas.pem, ...shown },
      lazyConnect: true,
      retryStrategy: () => null,
    });
    redis.on('error', () => undefined);
    t.after(() => redis.disconnect());
    return redis;
  };
  assert.equal(await connectWith(shownBy(clients)).set('a', '1'), 'OK');
  await assert.rejects(connectWith({}).get('a'));
  await assert.rejects(connectWith(shownBy(replicas)).get('a'));
});

test('a plain client at a port with TLS is told so, at once', { skip }, async (t) => {
  const server = await runServer(t, new StoreDoor(), { tls: tlsOf(t, new Authority(t)) });
  const client = await RawClient.open(server.port);
  client.send('*1\r\n$4\r\nPING\r\n');
  await client.expect('-ERR this port speaks TLS\r\n');
  await client.expectClosed();
});

test('a TLS client at a port without it fails at once', { skip: !existsSync(REDIS_CLI) }, async (t) => {
  const server = await runServer(t, new StoreDoor());
  const args = ['-h', '127.0.0.1', '-p', String(server.port), '--tls', '--insecure', 'ping'];
  await assert.rejects(run(REDIS_CLI, args), /SSL_connect failed/);
});
