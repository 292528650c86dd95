/** Clients that send one request after the other, for `paxosctl load`: over RESP or over HTTP. */
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { percentEncode } from '../src/http/percent.ts';
import type { ClientDoor } from './client-door.ts';
import type { Connections } from './connections.ts';
import { CommandFailure } from './failure.ts';

/**
 * What became of a request. `notDone`: surely not carried out. `unknown`: it may have been. `value` is what a read found.
 */
export type LoadOutcome =
  | { readonly kind: 'ok'; readonly value: string | undefined }
  | { readonly kind: 'notDone' | 'unknown'; readonly reason: string };

export interface LoadClient {
  get(key: string): Promise<LoadOutcome>;
  set(key: string, value: string): Promise<LoadOutcome>;
  del(key: string): Promise<LoadOutcome>;
  close(): void;
}

/** Keys and values are ASCII. */
export function loadClient(door: 'resp' | 'http', connections: Connections, place: ClientDoor): LoadClient {
  return door === 'resp' ? new RespClient(connections, place) : new HttpClient(connections, place);
}

class HttpClient implements LoadClient {
  readonly #connections: Connections;
  readonly #place: ClientDoor;

  constructor(connections: Connections, place: ClientDoor) {
    this.#connections = connections;
    this.#place = place;
  }

  get(key: string): Promise<LoadOutcome> {
    return this.#ask('GET', key, undefined);
  }

  set(key: string, value: string): Promise<LoadOutcome> {
    return this.#ask('PUT', key, value);
  }

  del(key: string): Promise<LoadOutcome> {
    return this.#ask('DELETE', key, undefined);
  }

  close(): void {
    // Its connections are shared with all others, and end with them.
  }

  async #ask(method: string, key: string, body: string | undefined): Promise<LoadOutcome> {
    try {
      const answer = await this.#connections.ask('client', this.#place.http, {
        method,
        path: `/v1/kv/${percentEncode(key)}`,
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status === 200) return { kind: 'ok', value: answer.body.latin1Slice() };
      if (answer.status < 300 || answer.status === 404) return { kind: 'ok', value: undefined };
      return { kind: answer.status === 504 ? 'unknown' : 'notDone', reason: `status ${answer.status}` };
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      const isRefused = error.message.includes('ECONNREFUSED');
      return {
        kind: isRefused ? 'notDone' : 'unknown',
        reason: isRefused ? 'no connection' : 'connection lost',
      };
    }
  }
}

class RespClient implements LoadClient {
  readonly #connections: Connections;
  readonly #place: ClientDoor;
  #socket: Socket | undefined;
  #received = '';
  #settle: ((reply: string | undefined) => void) | undefined;

  constructor(connections: Connections, place: ClientDoor) {
    this.#connections = connections;
    this.#place = place;
  }

  get(key: string): Promise<LoadOutcome> {
    return this.#ask('GET', key);
  }

  set(key: string, value: string): Promise<LoadOutcome> {
    return this.#ask('SET', key, value);
  }

  del(key: string): Promise<LoadOutcome> {
    return this.#ask('DEL', key);
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #ask(...words: readonly string[]): Promise<LoadOutcome> {
    if (this.#socket === undefined) {
      const failure = await this.#connect();
      if (failure !== undefined) return { kind: 'notDone', reason: failure };
    }
    return outcomeOf(await this.#send(words));
  }

  /** Answers with why there is no connection; undefined when there is one. */
  async #connect(): Promise<string | undefined> {
    const { host, redisPort } = this.#place.addresses;
    const isSecure = this.#place.http.startsWith('https:');
    const socket = isSecure
      ? connectSecurely({ host, port: redisPort, ...this.#connections.tls })
      : connect({ host, port: redisPort });
    socket.setNoDelay(true);
    socket.setTimeout(this.#connections.timeoutMs, () => socket.destroy());
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => resolve(true));
      socket.once('close', () => resolve(false));
      // The close that follows says it all.
      socket.on('error', () => undefined);
    });
    if (!isConnected) return 'no connection';
    this.#socket = socket;
    this.#received = '';
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.once('close', () => {
      this.#socket = undefined;
      this.#answer(undefined);
    });
    const password = this.#connections.secretFor('client');
    if (password === undefined) return undefined;
    const reply = await this.#send(['AUTH', password]);
    if (reply === '+OK') return undefined;
    socket.destroy();
    return 'the password is wrong';
  }

  async #send(words: readonly string[]): Promise<string | undefined> {
    let request = `*${words.length}\r\n`;
    for (const word of words) request += `$${word.length}\r\n${word}\r\n`;
    return await new Promise((resolve) => {
      this.#settle = resolve;
      if (this.#socket === undefined) this.#answer(undefined);
      else this.#socket.write(request, 'latin1');
    });
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.latin1Slice();
    const end = this.#received.indexOf('\r\n');
    if (end < 0) return;
    if (!this.#received.startsWith('$') || this.#received.startsWith('$-1')) {
      return this.#answer(this.#received.slice(0, end));
    }
    const length = Number(this.#received.slice(1, end));
    if (this.#received.length >= end + 2 + length + 2)
      this.#answer(this.#received.slice(0, end + 2 + length));
  }

  #answer(reply: string | undefined): void {
    this.#received = '';
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(reply);
  }
}

/** One request is out at a time, so what came is its answer; undefined when the connection broke. */
function outcomeOf(reply: string | undefined): LoadOutcome {
  if (reply === undefined) return { kind: 'unknown', reason: 'connection lost' };
  if (reply.startsWith('-')) {
    const word = reply.slice(1).split(' ')[0] ?? '';
    return { kind: word === 'UNKNOWNOUTCOME' ? 'unknown' : 'notDone', reason: word };
  }
  if (!reply.startsWith('$') || reply.startsWith('$-1')) return { kind: 'ok', value: undefined };
  return { kind: 'ok', value: reply.slice(reply.indexOf('\r\n') + 2) };
}
