/**
 * A request that changes something. With an `Idempotency-Key` it is done once however often it comes: the key names
 * a session and a number in it, the session remembers the reply, and the same reply makes the same response.
 */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { InvalidInput } from '../errors.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { encodeOnce, type OnceKey, parseSequence, SESSION_PATTERN } from '../kv/once.ts';
import type { Reply } from '../kv/reply.ts';
import type { Answered, Calls } from './calls.ts';

/** Of a SHA-256: two different requests never have the same. */
const FINGERPRINT_BYTES = 16;

export class IdempotentWrite {
  readonly #calls: Calls;
  readonly #request: Request;
  readonly #response: Response;
  readonly #key: OnceKey | undefined;

  /** Throws `InvalidInput` when the request's key is not one. */
  constructor(calls: Calls, request: Request, response: Response) {
    this.#calls = calls;
    this.#request = request;
    this.#response = response;
    this.#key = parseKey(request.headers['idempotency-key']);
  }

  /** Puts a command into the log; `body` is all of the request's content. */
  run(body: Buffer, code: number, args: readonly string[], answered: Answered): void {
    if (this.#key === undefined) {
      this.#calls.write(code, args, answered);
      return;
    }
    const once = encodeOnce(this.#key, fingerprintOf(this.#request, body), code, args);
    this.#calls.write(INTERNAL.once, once, (outcome) => {
      if (!Array.isArray(outcome)) {
        answered(outcome);
        return;
      }
      const [replayed, reply] = outcome as [number, Reply];
      if (replayed === 1) this.#response.setHeader('PaxosKV-Replayed', 'true');
      answered(reply);
    });
  }
}

function parseKey(text: string | string[] | undefined): OnceKey | undefined {
  if (text === undefined) return undefined;
  const [session = '', number = '', ...more] = String(text).split('/');
  const sequence = parseSequence(number);
  if (!SESSION_PATTERN.test(session) || sequence === undefined || more.length > 0) {
    const rule =
      'must be a session of 16 hexadecimal digits in lower case, a slash, and a whole number from 1 to 2^53 - 1';
    throw new InvalidInput('Idempotency-Key', text, rule);
  }
  return { session, sequence };
}

/** Of all that says what is asked for. Never changed: a client may send the same again after an upgrade. */
function fingerprintOf(request: Request, body: Buffer): string {
  const { method, originalUrl, headers } = request;
  const conditions = [headers['if-match'] ?? null, headers['if-none-match'] ?? null];
  const head = JSON.stringify(['http', method, originalUrl, ...conditions, headers['content-type'] ?? null]);
  return createHash('sha256').update(`${head}\n`).update(body).digest('binary').slice(0, FINGERPRINT_BYTES);
}
