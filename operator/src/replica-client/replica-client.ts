/**
 * Asks and tells a replica at its admin port. One agent for all, connections are kept; every question has an end, since a replica
 * whose machine is gone answers nothing for ever.
 */
import http from 'node:http';
import https from 'node:https';
import type { ReplicaReport } from '../plan/observed.ts';
import { parseReport } from './replica-report.ts';

/** A replica answers its status from memory: who takes longer does not serve either. */
export const STATUS_TIMEOUT_MS = 2_000;
/** A replica gives up a change after five seconds and says so. */
export const CHANGE_TIMEOUT_MS = 8_000;
/** A status of 64 members and 1,024 removed ids has 40 KiB. */
const ANSWER_BYTES_MAX = 1024 * 1024;
/** A hundred clusters of five, each asked every some seconds. */
const SOCKETS_IDLE_MAX = 1_024;

/** Where a replica is, and how it knows that it may answer. */
export interface ReplicaEndpoint {
  /** What is dialled: an address, since a name takes its time to be known. */
  readonly address: string;
  readonly port: number;
  /** The name on its certificate. */
  readonly host: string;
  /** Undefined: it asks for none. */
  readonly secret: string | undefined;
  /** Who signs its certificate, in PEM; undefined: it speaks no TLS. */
  readonly authority: string | undefined;
}

export interface ReplicaAddresses {
  readonly host: string;
  readonly peerPort: number;
  readonly redisPort: number;
  readonly clusterPort: number;
  readonly httpPort: number;
  readonly adminPort: number;
}

export type NewMember = ReplicaAddresses & { readonly id: string };

/** This process may not change anything (any more): another one leads. The request was not sent. */
export class MayNotAct extends Error {
  override readonly name = 'MayNotAct';
}

/** It said no, or said nothing: what was asked may have been done if `code` is `no-answer` or `unknown-outcome`. */
export class ReplicaFailure extends Error {
  override readonly name = 'ReplicaFailure';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class ReplicaClient {
  readonly #plain = new http.Agent({ keepAlive: true, maxFreeSockets: SOCKETS_IDLE_MAX });
  readonly #secured = new https.Agent({ keepAlive: true, maxFreeSockets: SOCKETS_IDLE_MAX });
  readonly #mayAct: () => boolean;

  /**
   * `mayAct` is asked right before each change is sent. A process that was paused may hold a decision of long ago in its hands: it must not
   * change members by it after another one has become the leader.
   */
  constructor(mayAct: () => boolean) {
    this.#mayAct = mayAct;
  }

  /** Undefined when it does not answer, or not as a replica: for whatever reason, nothing is known then. */
  async status(endpoint: ReplicaEndpoint): Promise<ReplicaReport | undefined> {
    try {
      const { status, body } = await this.#ask(endpoint, 'GET', '/v1/status', undefined, STATUS_TIMEOUT_MS);
      return status === 200 ? parseReport(body) : undefined;
    } catch (error) {
      if (error instanceof ReplicaFailure) return undefined;
      throw error;
    }
  }

  /** @throws {ReplicaFailure | MayNotAct} */
  async bootstrap(
    endpoint: ReplicaEndpoint,
    cluster: string,
    replica: string,
    members: readonly NewMember[],
  ): Promise<void> {
    await this.#change(endpoint, 'POST', '/v1/bootstrap', { cluster, replica, members });
  }

  /** @throws {ReplicaFailure | MayNotAct} */
  async addLearner(endpoint: ReplicaEndpoint, member: NewMember): Promise<void> {
    await this.#change(endpoint, 'POST', '/v1/members', member);
  }

  /** @throws {ReplicaFailure | MayNotAct} */
  async promote(endpoint: ReplicaEndpoint, id: string): Promise<void> {
    await this.#change(endpoint, 'POST', `/v1/members/${id}/promote`, undefined);
  }

  /** @throws {ReplicaFailure | MayNotAct} */
  async remove(endpoint: ReplicaEndpoint, id: string): Promise<void> {
    await this.#change(endpoint, 'DELETE', `/v1/members/${id}`, undefined);
  }

  /** @throws {ReplicaFailure | MayNotAct} */
  async transfer(endpoint: ReplicaEndpoint, to: string): Promise<void> {
    await this.#change(endpoint, 'POST', '/v1/transfer', { to });
  }

  close(): void {
    this.#plain.destroy();
    this.#secured.destroy();
  }

  async #change(endpoint: ReplicaEndpoint, method: string, path: string, content: unknown): Promise<void> {
    if (!this.#mayAct()) throw new MayNotAct(`${method} ${path} at ${endpoint.host}: another process leads`);
    const { status, body } = await this.#ask(endpoint, method, path, content, CHANGE_TIMEOUT_MS);
    if (status >= 200 && status < 300) return;
    const { type, detail } = (body ?? {}) as { type?: unknown; detail?: unknown };
    throw new ReplicaFailure(
      typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : `http-${status}`,
      `${endpoint.host}: ${typeof detail === 'string' ? detail : `HTTP status ${status}`}`,
    );
  }

  async #ask(
    { address, port, host, secret, authority }: ReplicaEndpoint,
    method: string,
    path: string,
    content: unknown,
    timeoutMs: number,
  ): Promise<Answer> {
    const text = content === undefined ? undefined : JSON.stringify(content);
    const options: https.RequestOptions = {
      host: address,
      port,
      method,
      path,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        Host: `${host}:${port}`,
        ...(secret === undefined ? {} : { Authorization: `Bearer ${secret}` }),
        ...(text === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      },
    };
    return await new Promise<Answer>((resolve, reject) => {
      const fail = (cause: Error): void =>
        reject(new ReplicaFailure('no-answer', `${host} does not answer: ${cause.message}`, { cause }));
      const request =
        authority === undefined
          ? http.request({ ...options, agent: this.#plain })
          : https.request({ ...options, agent: this.#secured, ca: authority, servername: host });
      request.on('error', fail);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('error', fail);
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX)
            response.destroy(new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`));
          else chunks.push(chunk);
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: jsonOf(chunks) }));
      });
      request.end(text);
    });
  }
}

/** Undefined for what is no JSON: a proxy's page, or nothing. */
function jsonOf(chunks: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
