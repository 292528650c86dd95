/**
 * A TLS port before its handshake: a look at the first byte tells who speaks no TLS, and they are told so in words
 * instead of being cut off; and the connections whose handshake isn't done are bounded in time and number.
 */
import type { Socket } from 'node:net';
import type { Server } from 'node:tls';

/** The first byte of a TLS record that begins a handshake. */
const HANDSHAKE_RECORD = 22;
/** Four times the connections that the kernel completes while we are busy. */
const HANDSHAKES_MAX = 2_048;
/** How long who speaks no TLS may take to read the answer. */
const ANSWER_MS = 1_000;

/** Puts the guard before the server's own listener for connections, which must be the only one yet. */
export function guardPort(server: Server, plainAnswer: string, handshakeMsMax: number): void {
  const handshake = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const pending = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    if (pending.size >= HANDSHAKES_MAX) dropOldest(pending);
    const name = nameOf(socket);
    pending.set(name, socket);
    const timer = setTimeout(() => socket.destroy(), handshakeMsMax);
    socket.once('close', () => {
      clearTimeout(timer);
      if (pending.get(name) === socket) pending.delete(name);
    });
    const lookAtFirstByte = (): void => {
      const bytes = socket.read() as Buffer | null;
      // Readable without a byte: the other side has ended, or there will be more.
      if (bytes === null) return;
      socket.off('readable', lookAtFirstByte);
      socket.off('error', ignore);
      clearTimeout(timer);
      if (bytes[0] !== HANDSHAKE_RECORD) {
        answerPlainly(socket, plainAnswer);
        return;
      }
      socket.unshift(bytes);
      for (const listener of handshake) listener.call(server, socket);
    };
    socket.on('error', ignore);
    socket.on('readable', lookAtFirstByte);
  });
  server.on('secureConnection', (socket) => pending.delete(nameOf(socket)));
}

function dropOldest(pending: Map<string, Socket>): void {
  for (const [name, socket] of pending) {
    pending.delete(name);
    socket.destroy();
    return;
  }
}

function answerPlainly(socket: Socket, answer: string): void {
  socket.on('error', ignore);
  socket.resume();
  socket.end(answer);
  // What still comes is dropped meanwhile: closing with input unread would reset the connection before the answer is seen.
  const cut = setTimeout(() => socket.destroy(), ANSWER_MS);
  socket.once('close', () => clearTimeout(cut));
}

/** A TLS socket and the plain one below it have the same; no two that are open do. */
function nameOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localPort}`;
}

/** What goes wrong with a connection that has not said anything yet is its own affair. */
function ignore(): void {}
