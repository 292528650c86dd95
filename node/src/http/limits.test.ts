import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { BODY_BYTES_MAX } from './body.ts';
import { KEY_BYTES_MAX } from './key.ts';
import { runDoor } from './testing/running-door.ts';

/** Sends raw bytes and collects what comes back until the server closes. */
async function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.end(request, 'latin1');
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

test('a value of 8 MiB is stored, one byte more is refused with 413', async (t) => {
  const { url, replica } = await runDoor(t);
  const value = Buffer.alloc(BODY_BYTES_MAX + 1, 'v');
  const stored = await fetch(url('/v1/kv/k'), { method: 'PUT', body: value.subarray(1) });
  assert.equal(stored.status, 201);
  assert.equal((await (await fetch(url('/v1/kv/k'))).arrayBuffer()).byteLength, BODY_BYTES_MAX);
  const refused = await fetch(url('/v1/kv/k'), { method: 'PUT', body: value });
  assert.equal(refused.status, 413);
  assert.equal(((await refused.json()) as { bytesMax: number }).bytesMax, BODY_BYTES_MAX);
  assert.equal(replica.writes, 1);
});

test('content of unannounced length is bounded too', async (t) => {
  const { url, replica } = await runDoor(t);
  let left = BODY_BYTES_MAX / 65_536 + 1;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left === 0) controller.close();
      else controller.enqueue(new Uint8Array(65_536));
      left -= 1;
    },
  });
  const refused = await fetch(url('/v1/kv/k'), { method: 'PUT', body, duplex: 'half' });
  assert.equal(refused.status, 413);
  assert.equal(replica.writes, 0);
});

test('a key of 64 KiB is accepted even when every byte is escaped, one byte more gets 414', async (t) => {
  const { url } = await runDoor(t);
  const longest = '%6B'.repeat(KEY_BYTES_MAX);
  assert.equal((await fetch(url(`/v1/kv/${longest}`), { method: 'PUT', body: 'x' })).status, 201);
  const longer = await fetch(url(`/v1/kv/${longest}k`), { method: 'PUT', body: 'x' });
  assert.equal(longer.status, 414);
  assert.match(await longer.text(), /must be at most 65536 bytes: it is 65537/);
});

test('oversized headers get 431, and what is not HTTP gets 400, both as problems', async (t) => {
  const { port } = await runDoor(t);
  const huge = await exchange(
    port,
    `GET /v1/kv/k HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(300_000)}\r\n\r\n`,
  );
  assert.match(huge, /^HTTP\/1\.1 431 /);
  assert.match(huge, /application\/problem\+json/);
  assert.match(await exchange(port, 'not http at all\r\n\r\n'), /^HTTP\/1\.1 400 /);
});

test('bad percent-encoding in a key gets 400 and names the rule', async (t) => {
  const { port } = await runDoor(t);
  for (const key of ['%', '%4', '%zz', 'a%4g']) {
    const answer = await exchange(port, `GET /v1/kv/${key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /two hexadecimal digits after each %/);
  }
});

test('an address with scheme and host means the same as the path alone', async (t) => {
  const { port } = await runDoor(t);
  const answer = await exchange(
    port,
    'GET http://elsewhere/v1/kv HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 200 /);
});

test('a client that goes away in the middle of its content changes nothing', async (t) => {
  const { port, url, replica } = await runDoor(t);
  const socket = connect(port, '127.0.0.1');
  socket.write('PUT /v1/kv/k HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it', () =>
    socket.resetAndDestroy(),
  );
  await once(socket, 'close');
  // Requests on another connection are answered after the door has noticed, or before: both are fine.
  assert.equal((await fetch(url('/v1/kv/k'))).status, 404);
  assert.equal(replica.writes, 0);
});

test('what is nowhere gets 404 as a problem, and nobody learns what serves it', async (t) => {
  const { url } = await runDoor(t);
  for (const path of ['/', '/v1', '/v1/kvx', '/V1/kv/k', '/v1/%zz']) {
    const response = await fetch(url(path));
    assert.equal(response.status, 404, path);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal(response.headers.get('x-powered-by'), null);
    assert.equal(response.headers.get('etag'), null);
    await response.body?.cancel();
  }
});
