/**
 * The connections of one door that must give a password and have not yet: bounded in number and time, so that a
 * crowd of strangers does not take the places of clients.
 */
import type { Secret } from '../auth/secret.ts';
import { unauthenticatedMax, unauthenticatedMsMax } from './limits.ts';
import type { RequestParser } from './parser.ts';
import type { ClientHandle } from './service.ts';

export class Unauthenticated {
  /** In the order of their arrival. */
  readonly #timers = new Map<ClientHandle, NodeJS.Timeout>();

  /** Whoever sits behind this connection has to give a password, or to give it again. */
  bar(connection: ClientHandle, parser: RequestParser): void {
    if (this.#timers.has(connection)) return;
    if (this.#timers.size >= unauthenticatedMax) this.#dropOldest();
    connection.client.password = undefined;
    connection.client.authenticated = false;
    parser.unauthenticated = true;
    this.#timers.set(
      connection,
      setTimeout(() => connection.cut('unauthenticated'), unauthenticatedMsMax),
    );
  }

  /** It has given this one. */
  admit(connection: ClientHandle, parser: RequestParser, password: Secret | undefined): void {
    connection.client.password = password;
    connection.client.authenticated = true;
    parser.unauthenticated = false;
    this.forget(connection);
  }

  /** It is gone, or it has given a password. */
  forget(connection: ClientHandle): void {
    clearTimeout(this.#timers.get(connection));
    this.#timers.delete(connection);
  }

  #dropOldest(): void {
    for (const connection of this.#timers.keys()) {
      this.forget(connection);
      connection.cut('unauthenticated');
      return;
    }
  }
}
