/** How paxosctl speaks to replicas: with which secrets, over which channel, and where it begins. */
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request as requestPlainly, type RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as requestSecurely } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import type { CommandLine, OptionSpec } from '../src/command-line.ts';
import { InvalidInput } from '../src/errors.ts';
import { type Endpoint, parseEndpoints } from './endpoint.ts';
import { hintFor } from './connection-hint.ts';
import { unreachable } from './failure.ts';
import { bodyOf } from './response-body.ts';

export const ENDPOINTS_VARIABLE = 'PAXOSCTL_ENDPOINTS';
/** The admin ports of the cluster that `npm start` runs. */
export const LOCAL_ENDPOINTS = '127.0.0.1:9379,127.0.0.1:9380,127.0.0.1:9381';

/** By option: the variable of the environment that counts when the option isn't given. */
export const CONNECTION_VARIABLES: Readonly<Record<string, string>> = {
  endpoints: ENDPOINTS_VARIABLE,
  'cluster-secret-file': 'PAXOSCTL_CLUSTER_SECRET_FILE',
  'password-file': 'PAXOSCTL_PASSWORD_FILE',
  'tls-ca-file': 'PAXOSCTL_TLS_CA_FILE',
  'tls-cert-file': 'PAXOSCTL_TLS_CERT_FILE',
  'tls-key-file': 'PAXOSCTL_TLS_KEY_FILE',
};

export const CONNECTION_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'endpoints',
    value: 'URL,...',
    help: `admin ports to begin with (https:// is assumed with TLS files, else http://); else $${ENDPOINTS_VARIABLE}, else the cluster of npm start`,
  },
  { name: 'timeout', value: 'TIME', help: 'how long one answer may take', fallback: '5s' },
  { name: 'cluster-secret-file', value: 'FILE', help: 'the secret that the admin ports ask for' },
  { name: 'password-file', value: 'FILE', help: 'the password that clients must give' },
  {
    name: 'tls-ca-file',
    value: 'FILE',
    help: 'the authority that has signed the certificates of the replicas',
  },
  { name: 'tls-cert-file', value: 'FILE', help: 'the certificate to show' },
  { name: 'tls-key-file', value: 'FILE', help: 'its private key' },
];

/** Which secret a door asks for. */
export type Door = 'admin' | 'client';

export interface Question {
  readonly method?: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** How long the answer's head may take to arrive, and all of it for `ask`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** To somebody who may be anybody: an address that was typed, which no member of the cluster has told. */
  readonly withoutSecret?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<IncomingMessage['headers']>;
  readonly body: Buffer;
}

export class Connections {
  readonly endpoints: readonly Endpoint[];
  readonly timeoutMs: number;
  readonly tls: SecureContextOptions;
  readonly #secrets: Readonly<Record<Door, string | undefined>>;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #secureAgent: SecureAgent;

  /** Reads what the options name; throws `InvalidInput`. */
  constructor(line: CommandLine, environment: Readonly<Record<string, string | undefined>>) {
    const text = (name: string): { field: string; value: string } | undefined => {
      const given = line.text(name);
      if (given !== undefined) return { field: `--${name}`, value: given };
      const variable = CONNECTION_VARIABLES[name] ?? '';
      const value = environment[variable];
      return value === undefined || value === '' ? undefined : { field: `$${variable}`, value };
    };
    const bytes = (name: string): Buffer | undefined => {
      const named = text(name);
      if (named === undefined) return undefined;
      try {
        return readFileSync(named.value);
      } catch (cause) {
        throw new InvalidInput(named.field, named.value, 'must be a file that can be read', { cause });
      }
    };
    this.timeoutMs = line.durationMs('timeout') ?? 0;
    this.#secrets = {
      admin: firstLine(bytes('cluster-secret-file')),
      client: firstLine(bytes('password-file')),
    };
    const [authority, certificate, key] = [
      bytes('tls-ca-file'),
      bytes('tls-cert-file'),
      bytes('tls-key-file'),
    ];
    this.tls = {
      ...(authority === undefined ? {} : { ca: authority }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
    };
    this.#secureAgent = new SecureAgent({ keepAlive: true, ...this.tls });
    const { field, value } = text('endpoints') ?? { field: 'endpoints', value: LOCAL_ENDPOINTS };
    // Whoever names an authority means to be sure whom he speaks to.
    const isSecure = authority !== undefined || certificate !== undefined;
    this.endpoints = parseEndpoints(field, value, isSecure ? 'https' : 'http');
  }

  /** The secret that is shown at such a door, one character per byte. */
  secretFor(door: Door): string | undefined {
    return this.#secrets[door];
  }

  /** Asks and reads the whole answer, whatever its status. Throws `CommandFailure` when none comes. */
  async ask(door: Door, endpoint: Endpoint, question: Question): Promise<Answer> {
    const timeoutMs = question.timeoutMs ?? this.timeoutMs;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = question.signal === undefined ? timeout : AbortSignal.any([timeout, question.signal]);
    try {
      const message = await this.#send(door, endpoint, question, signal);
      return { status: message.statusCode ?? 0, headers: message.headers, body: await bodyOf(message) };
    } catch (error) {
      throw this.#explain(endpoint, error, timeout.aborted, timeoutMs);
    }
  }

  /** Asks, and answers with the response as soon as its head is there: the caller reads the rest. */
  async open(door: Door, endpoint: Endpoint, question: Question): Promise<IncomingMessage> {
    const timeoutMs = question.timeoutMs ?? this.timeoutMs;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeoutMs);
    const signal =
      question.signal === undefined ? late.signal : AbortSignal.any([late.signal, question.signal]);
    try {
      return await this.#send(door, endpoint, question, signal);
    } catch (error) {
      throw this.#explain(endpoint, error, late.signal.aborted, timeoutMs);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets the process end. */
  close(): void {
    this.#agent.destroy();
    this.#secureAgent.destroy();
  }

  async #send(
    door: Door,
    endpoint: Endpoint,
    question: Question,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const secret = question.withoutSecret === true ? undefined : this.#secrets[door];
    const { body } = question;
    const options: RequestOptions = {
      method: question.method ?? 'GET',
      headers: {
        ...(secret === undefined ? {} : { Authorization: `Bearer ${secret}` }),
        ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
        ...question.headers,
      },
      signal,
    };
    const url = `${endpoint}${question.path}`;
    return await new Promise((resolve, reject) => {
      const request = url.startsWith('https:')
        ? requestSecurely(url, { ...options, agent: this.#secureAgent })
        : requestPlainly(url, { ...options, agent: this.#agent });
      request.on('response', resolve).on('error', reject);
      request.end(body);
    });
  }

  #explain(endpoint: Endpoint, error: unknown, isLate: boolean, timeoutMs: number): Error {
    if (isLate) {
      return unreachable(
        endpoint,
        `nothing came within ${timeoutMs} ms`,
        'look whether the process runs and is not stopped, or give a longer --timeout',
      );
    }
    const { code, message } = error as NodeJS.ErrnoException;
    return unreachable(endpoint, code ?? message, hintFor(endpoint, code ?? '', message));
  }
}

/** Secrets and passwords: the first line counts, as it does for the replicas. */
function firstLine(bytes: Buffer | undefined): string | undefined {
  return bytes
    ?.toString('latin1')
    .split(/\r?\n/)
    .find((line) => line !== '');
}
