/** The door for Redis clients: a listening port, its connections, and one turn's work for all of them. */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import type { Secret } from '../auth/secret.ts';
import type { SecretFile } from '../auth/secret-file.ts';
import type { Observer } from '../observe/events.ts';
import type { ReplicaDoor } from '../replica/door.ts';
import type { Tls } from '../tls/tls.ts';
import { Client } from './client.ts';
import { ClientMemory } from './client-memory.ts';
import { Connection } from './connection.ts';
import { clientsMax, closeTimeoutMs, lingerMs, sendingMsMax } from './limits.ts';
import type { Mode, Service, Statistics } from './service.ts';
import { Topology } from './topology.ts';
import { Unauthenticated } from './unauthenticated.ts';

/** As Redis's `tcp-keepalive`: a client that vanished is noticed some time. */
const KEEP_ALIVE_DELAY_MS = 300_000;
/** Connections that the kernel completes while we are busy; the kernel's own bound applies too. */
const BACKLOG = 511;

/** What a client hears that speaks no TLS to a port that does. */
const PLAIN_ANSWER = '-ERR this port speaks TLS\r\n';

/** Client ids are unique in the process, whichever door a client came through. */
let lastClientId = 0;

export interface RespServerOptions {
  readonly door: ReplicaDoor;
  readonly mode: Mode;
  /** Wall clock in milliseconds. */
  readonly clock: () => number;
  /** Hears of every command that was answered. */
  readonly observer: Observer | undefined;
  /** Of the clients of all Redis ports; this port's alone if it is not given. */
  readonly memory?: ClientMemory;
  readonly listenHost: string;
  /** 0 lets the kernel choose. */
  readonly listenPort: number;
  /** Undefined: nobody needs a password. */
  readonly passwords: SecretFile | undefined;
  /** Undefined: the port speaks no TLS. */
  readonly tls: Tls | undefined;
}

export class RespServer implements Service {
  readonly door: ReplicaDoor;
  readonly mode: Mode;
  readonly clock: () => number;
  readonly observer: Observer | undefined;
  readonly topology: Topology;
  readonly memory: ClientMemory;
  readonly statistics: Statistics = { connectionsReceived: 0, connectionsRejected: 0, commandsProcessed: 0 };
  readonly clients = new Map<number, Connection>();
  readonly passwords: SecretFile | undefined;
  readonly unauthenticated = new Unauthenticated();
  /** The bound port; 0 before `listen`. */
  port = 0;
  readonly #options: RespServerOptions;
  readonly #server: Server;
  /** Connections with work to do at the end of this turn. */
  #due: Connection[] = [];

  constructor(options: RespServerOptions) {
    this.#options = options;
    this.door = options.door;
    this.mode = options.mode;
    this.clock = options.clock;
    this.memory = options.memory ?? new ClientMemory();
    this.observer = options.observer;
    this.topology = new Topology(options.door);
    this.passwords = options.passwords;
    this.passwords?.onChange((current) => this.#dropThoseWithOldPasswords(current));
    this.#server = this.#makeServer(options.tls);
  }

  /** `done` hears the system's error when the port can't be bound, else the port. */
  listen(done: (error: Error | undefined, port: number) => void): void {
    const { listenHost, listenPort } = this.#options;
    const failed = (error: Error): void => done(error, 0);
    this.#server.once('error', failed);
    this.#server.listen({ host: listenHost, port: listenPort, backlog: BACKLOG }, () => {
      this.port = (this.#server.address() as AddressInfo).port;
      this.#server.off('error', failed);
      // From now on it is single connections that can't be accepted, for want of descriptors: the others live on.
      this.#server.on('error', (error) => {
        this.observer?.({
          kind: 'notice',
          name: 'accept-failed',
          text: `can't accept a Redis client: ${error.message}`,
        });
      });
      done(undefined, this.port);
    });
  }

  /**
   * Accepts nobody any more; `done` when the answers that are due are out, or after `closeTimeoutMs`. The replica behind it takes
   * no more requests: see `Farewell`.
   */
  close(done: () => void): void {
    const sweep = setInterval(() => {
      for (const connection of this.clients.values()) connection.endIfIdle();
    }, lingerMs);
    const timer = setTimeout(() => {
      for (const connection of this.clients.values()) connection.kill();
    }, closeTimeoutMs);
    this.#server.close(() => {
      clearInterval(sweep);
      clearTimeout(timer);
      done();
    });
    for (const connection of this.clients.values()) {
      connection.farewell.begin(this.clock() - connection.client.lastRequestAtMs);
      connection.endIfIdle();
    }
  }

  #makeServer(tls: Tls | undefined): Server {
    const sockets = {
      // A client may send its last requests and its end together, and still wants the answers.
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    };
    if (tls === undefined) return createServer(sockets, (socket) => this.#accept(socket));
    const server = createSecureServer({ ...sockets, ...tls.serverOptions('clients') });
    tls.guard(server, 'clients', PLAIN_ANSWER);
    server.on('secureConnection', (socket) => this.#accept(socket));
    return server;
  }

  /** Their clients connect again, with the new password; whoever has only the old one stays outside. */
  #dropThoseWithOldPasswords(current: readonly Secret[]): void {
    let dropped = 0;
    for (const connection of this.clients.values()) {
      const { password } = connection.client;
      if (password === undefined || current.includes(password)) continue;
      this.observer?.({ kind: 'clientCut', reason: 'password-revoked' });
      connection.drain();
      dropped += 1;
    }
    if (dropped > 0) {
      const text = `closed ${dropped} Redis clients: their password is not in force any more`;
      this.observer?.({ kind: 'notice', name: 'clients-closed', text });
    }
  }

  #accept(socket: Socket): void {
    if (this.clients.size >= clientsMax) {
      this.statistics.connectionsRejected += 1;
      this.observer?.({ kind: 'clientCut', reason: 'too-many' });
      // The refusal is all that there is to say; whether the client hears it is the client's affair.
      socket.on('error', () => undefined);
      socket.end('-ERR max number of clients reached\r\n', () => socket.destroy());
      return;
    }
    this.statistics.connectionsReceived += 1;
    const door = this.mode === 'plain' ? 'redis' : 'cluster';
    this.observer?.({ kind: 'clientOpened', door });
    lastClientId += 1;
    const client = new Client(
      lastClientId,
      addressText(socket.remoteAddress, socket.remotePort),
      addressText(socket.localAddress, socket.localPort),
      this.clock(),
    );
    const connection = new Connection(socket, client, this, this.#schedule);
    this.clients.set(client.id, connection);
    socket.on('close', () => {
      this.clients.delete(client.id);
      this.observer?.({ kind: 'clientClosed', door });
      this.unauthenticated.forget(connection);
    });
  }

  /** One immediate for all connections that the replica answers in this turn, one write for each of them. */
  readonly #schedule = (connection: Connection): void => {
    if (this.#due.push(connection) === 1) setImmediate(this.#workOffDue);
  };

  readonly #workOffDue = (): void => {
    const due = this.#due;
    const endMs = performance.now() + sendingMsMax;
    let next = 0;
    while (next < due.length && performance.now() < endMs) {
      (due[next] as Connection).work();
      next += 1;
    }
    // Whatever was added meanwhile stands behind those that are left.
    this.#due = due.slice(next);
    if (this.#due.length > 0) setImmediate(this.#workOffDue);
  };
}

function addressText(host: string | undefined, port: number | undefined): string {
  if (host === undefined || port === undefined) return '?:0';
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
