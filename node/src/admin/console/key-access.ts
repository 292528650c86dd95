/**
 * Keys and values through the console: the same answers as `/v1/kv` of the HTTP port, and the same that a client must show
 * there. The admin port is no way around the clients' password.
 */
import type { NextFunction, Request, Response } from 'express';
import type { SecretFile } from '../../auth/secret-file.ts';
import { guard } from '../../http/authorization.ts';
import { BodyReader } from '../../http/body.ts';
import { Calls } from '../../http/calls.ts';
import { KvRoutes } from '../../http/kv-routes.ts';
import { methodNotAllowed, sendProblem } from '../../http/problem.ts';
import type { Observer } from '../../observe/events.ts';
import type { ReplicaDoor } from '../../replica/door.ts';

export interface KeyAccessOptions {
  readonly door: ReplicaDoor;
  /** Of clients; undefined: they need none. */
  readonly passwords: SecretFile | undefined;
  /** Of the admin port; asked for where clients need no password. */
  readonly secrets: SecretFile | undefined;
  /** Clients must show a certificate, which this port can't ask for. */
  readonly clientsShowCertificates: boolean;
  /** Keys may be changed, too. */
  readonly writes: boolean;
  readonly observer: Observer | undefined;
}

/** What the page must know to offer what is allowed. */
export interface KeyTerms {
  /** False: keys can't be seen here at all. */
  readonly open: boolean;
  readonly wants: 'password' | 'cluster secret' | null;
  readonly writes: boolean;
}

const READS: readonly string[] = ['GET', 'HEAD'];

export class KeyAccess {
  readonly #options: KeyAccessOptions;
  readonly #guard: ReturnType<typeof guard>;
  readonly #routes: KvRoutes;

  constructor(options: KeyAccessOptions) {
    const { door, passwords, secrets, observer } = options;
    this.#options = options;
    this.#guard = guard({ secrets: passwords ?? secrets, door: 'admin', open: new Set(), observer });
    this.#routes = new KvRoutes(new Calls(door, observer), new BodyReader(observer));
  }

  get terms(): KeyTerms {
    const { passwords, secrets, clientsShowCertificates, writes } = this.#options;
    return {
      open: !clientsShowCertificates,
      wants: passwords !== undefined ? 'password' : secrets !== undefined ? 'cluster secret' : null,
      writes,
    };
  }

  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    const { clientsShowCertificates, writes } = this.#options;
    if (clientsShowCertificates) {
      sendProblem(response, {
        status: 403,
        name: 'certificate-needed',
        title: 'Certificate needed',
        detail:
          'clients of this cluster must show a certificate, which this port does not ask for: use the HTTP port',
      });
      return;
    }
    this.#guard(request, response, (error?: unknown) => {
      if (error !== undefined) next(error);
      else if (writes || READS.includes(request.method)) this.#routes.handle(request, response);
      else sendProblem(response, methodNotAllowed(request.method, READS));
    });
  };
}
