/**
 * Stores every key that redis-benchmark may read, so that a get always finds its value: it draws
 * keys at random, and a get of nothing is cheaper than one of 256 bytes.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { KEYS, VALUE_BYTES } from './load.ts';

/** Commands sent before their answers are awaited: few enough for any server's limits. */
const BATCH = 500;

/** Throws when the server answers anything but OK. */
export async function fill(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  try {
    const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
    for (let first = 0; first < KEYS; first += BATCH) {
      const count = Math.min(BATCH, KEYS - first);
      socket.write(Array.from({ length: count }, (_, index) => setCommand(first + index)).join(''));
      await expectOk(chunks, count);
    }
  } finally {
    socket.destroy();
  }
}

async function expectOk(chunks: AsyncIterator<Buffer>, count: number): Promise<void> {
  const expected = '+OK\r\n'.repeat(count);
  let answer = '';
  while (answer.length < expected.length && expected.startsWith(answer)) {
    const chunk = await chunks.next();
    if (chunk.done === true) throw new Error('the server closed the connection while it was filled');
    answer += chunk.value.toString('latin1');
  }
  if (answer !== expected) throw new Error(`the server answered a SET with ${answer.slice(-200)}`);
}

/** redis-benchmark writes a random number of twelve digits into its keys. */
function setCommand(index: number): string {
  const key = `key:${index.toString().padStart(12, '0')}`;
  return `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${VALUE_BYTES}\r\n${'x'.repeat(VALUE_BYTES)}\r\n`;
}
