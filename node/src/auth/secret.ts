/**
 * One secret: a password, or what the replicas of a cluster share. Its text sits in a private member, which
 * neither `JSON.stringify` nor `util.inspect` shows, so that it can't get into a log line by accident.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Digests are compared instead of texts, because they all have one length; no other process has this key. */
const COMPARISON_KEY = randomBytes(32);

export class Secret {
  readonly #text: string;
  readonly #digest: Buffer;

  /** One character per byte. */
  constructor(text: string) {
    this.#text = text;
    this.#digest = digestOf(text);
  }

  /** HMAC-SHA-256 with this secret as the key. */
  authenticate(message: Uint8Array): Buffer {
    return createHmac('sha256', Buffer.from(this.#text, 'latin1')).update(message).digest();
  }

  /** The text itself: for whoever has to show it to another program. */
  reveal(): string {
    return this.#text;
  }

  /** Takes the same time whatever the answer. */
  hasDigest(digest: Buffer): boolean {
    return timingSafeEqual(this.#digest, digest);
  }
}

/** The secret whose text was given, if any, found in a time that tells neither which one nor how nearly. */
export function matchingSecret(secrets: readonly Secret[], given: string): Secret | undefined {
  const digest = digestOf(given);
  let found: Secret | undefined;
  for (const secret of secrets) {
    if (secret.hasDigest(digest)) found = secret;
  }
  return found;
}

function digestOf(text: string): Buffer {
  return createHmac('sha256', COMPARISON_KEY).update(Buffer.from(text, 'latin1')).digest();
}
