import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { WebSocket } from 'ws';

import { Acceptor, PENDING_CONNECTIONS_MAX } from './acceptor.ts';
import { encodeHello } from './hello.ts';
import type { Hello } from './hello.ts';
import { LINK_TIMING } from './link-timing.ts';

const HELLO: Hello = {
  purpose: 'consensus',
  cluster: undefined,
  sender: 0xb0b,
  process: '00000000000000bb',
  receiver: 0x1,
  bootstrapped: false,
  start: 3,
  promised: { round: 7, replica: 0xb0b },
  held: 41,
  supports: 2,
  addresses: {
    host: '127.0.0.1',
    peerPort: 1,
    redisPort: 1,
    clusterPort: 1,
    httpPort: 1,
    adminPort: 1,
  },
  nonce: undefined,
};

interface Port {
  readonly port: number;
  readonly greeted: Hello[];
  readonly refused: string[];
}

async function open(context: TestContext, handshakeMsMax: number): Promise<Port> {
  const greeted: Hello[] = [];
  const refused: string[] = [];
  const acceptor = new Acceptor(
    {
      greeted: ({ hello }, webSocket, _socket, admit) => {
        admit();
        greeted.push(hello);
        webSocket.on('error', () => {
          webSocket.terminate();
        });
        webSocket.send('welcome');
      },
      refused: (from, reason) => refused.push(`${from} ${reason}`),
      failed: (error) => assert.fail(error),
    },
    { ...LINK_TIMING, handshakeMsMax },
    undefined,
  );
  const port = await new Promise<number>((resolve, reject) => {
    acceptor.listen('127.0.0.1', 0, (error, chosen) => (error ? reject(error) : resolve(chosen)));
  });
  context.after(() => new Promise<void>((resolve) => acceptor.close(resolve)));
  return { port, greeted, refused };
}

/** Connects, sends, and waits until the other side has closed; answers what it sent. */
async function closedAfter(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  // Being cut off while still sending shows as an error: that is one of the ways to be closed.
  socket.on('error', () => socket.destroy());
  if (bytes.length > 0) socket.write(bytes);
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  return received;
}

async function greet(port: number): Promise<void> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/peer`);
  await once(webSocket, 'open');
  webSocket.send(encodeHello(HELLO));
  await once(webSocket, 'message');
  webSocket.terminate();
}

const UPGRADE =
  'GET /peer HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

test('Acceptor closes hostile connections and goes on serving', async (context) => {
  const { port, greeted } = await open(context, 300);
  const oversized = Buffer.concat([
    Buffer.from(UPGRADE),
    // A frame that announces 16 MiB, and then a part of it.
    Buffer.from('82ff000000000100000000000000', 'hex'),
    Buffer.alloc(1024 * 1024),
  ]);
  const answers = await Promise.all([
    closedAfter(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    closedAfter(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n'),
    closedAfter(port, '*1\r\n$4\r\nPING\r\n'),
    closedAfter(port, Buffer.alloc(100_000, 0xff)),
    closedAfter(port, ''),
    closedAfter(port, 'GET /peer HT'),
    closedAfter(port, UPGRADE),
    closedAfter(port, UPGRADE.replace('/peer', '/other')),
    closedAfter(port, oversized),
  ]);
  assert.match(answers[0] ?? '', /^HTTP\/1\.1 426 /);
  assert.match(answers[7] ?? '', /^HTTP\/1\.1 400 /);
  assert.equal(greeted.length, 0);
  await greet(port);
  assert.deepEqual(greeted, [HELLO]);
});

test('Acceptor tells a stranger what is wrong with its hello', async (context) => {
  const { port, greeted, refused } = await open(context, 2_000);
  const cases: [string | Buffer, RegExp][] = [
    ['hello?', /hello must be JSON/],
    [encodeHello(HELLO).replace('"version":1', '"version":2'), /hello\.version must be 1: it is 2/],
    [Buffer.from('binary'), /must be a text frame/],
    [`{"padding":"${'x'.repeat(4_096)}"}`, /must be at most 4096 bytes/],
  ];
  for (const [first, rule] of cases) {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/peer`);
    await once(webSocket, 'open');
    webSocket.send(first);
    const [answer] = (await once(webSocket, 'message')) as [Buffer];
    assert.match((JSON.parse(answer.toString()) as { refused: string }).refused, rule);
    await once(webSocket, 'close');
    assert.match(refused.at(-1) ?? '', rule);
  }
  assert.equal(greeted.length, 0);
});

test('Acceptor holds a bounded number of connections without a hello: the oldest goes first', async (context) => {
  const { port, greeted } = await open(context, 60_000);
  const sockets: Socket[] = [];
  for (let count = 0; count < PENDING_CONNECTIONS_MAX + 10; count += 1) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
  }
  await greet(port);
  assert.equal(greeted.length, 1);
  const closedCount = () => sockets.filter(({ closed }) => closed).length;
  const deadlineMs = performance.now() + 5_000;
  while (closedCount() < 11 && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  // Ten for the sockets past the limit, one for the peer that was greeted.
  assert.equal(closedCount(), 11);
  assert.ok(sockets.slice(0, 11).every(({ closed }) => closed));
  for (const socket of sockets) socket.destroy();
});
