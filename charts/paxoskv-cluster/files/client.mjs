// Logs in, says PING, writes a key, reads it back and deletes it: as soon as the cluster serves, within two minutes.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

const PORT = 6379;
const DEADLINE_MS = 120_000;
const TRY_MS = 5_000;
const PAUSE_MS = 1_000;

const { HOST: host = '', PASSWORD: passwords = '', CERTIFICATES: directory } = process.env;
// Of two, while they change, either does.
const [password] = passwords.split('\n');
const key = `helm-test:${randomUUID()}`;
const value = randomUUID();
const exchange = [
  ...(password === '' ? [] : [[['AUTH', password], '+OK\r\n']]),
  [['PING'], '+PONG\r\n'],
  [['SET', key, value, 'EX', '60'], '+OK\r\n'],
  [['GET', key], bulk(value)],
  [['DEL', key], ':1\r\n'],
];
const request = exchange.map(([command]) => encoded(command)).join('');
const answer = exchange.map(([, reply]) => reply).join('');

function encoded(command) {
  return `*${command.length}\r\n${command.map(bulk).join('')}`;
}

// This text is the command of a container, where Kubernetes makes one dollar out of two side by side.
function bulk(text) {
  return ['$', Buffer.byteLength(text), '\r\n', text, '\r\n'].join('');
}

function connected() {
  if (directory === undefined) return net.connect(PORT, host);
  const file = (name) => readFileSync(`${directory}/${name}`);
  return tls.connect({ port: PORT, host, servername: host, ca: file('ca.crt'), cert: file('tls.crt'), key: file('tls.key') });
}

function tried() {
  return new Promise((resolve, reject) => {
    const socket = connected();
    let received = '';
    socket.setTimeout(TRY_MS, () => socket.destroy(new Error(`no answer within ${TRY_MS} ms`)));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${host} answered ${JSON.stringify(received)}`)));
    socket.on('data', (data) => {
      received += data;
      if (received === answer) {
        resolve();
        socket.destroy();
      } else if (!answer.startsWith(received)) socket.destroy();
    });
    socket.write(request);
  });
}

let told = '';
for (;;) {
  try {
    await tried();
    console.log(`${host} answered PING, SET, GET and DEL`);
    break;
  } catch (error) {
    if (error.message !== told) console.error(error.message);
    told = error.message;
    if (performance.now() > DEADLINE_MS) process.exit(1);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
