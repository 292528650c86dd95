/**
 * Sessions as they stand in a snapshot. Integers are little-endian.
 *
 *     body     sessions 4 · sessions
 *     session  sequence 7 · id, length 1 · bytes · fingerprint, length 1 · bytes · reply kept 1 (0 or 1) · reply, length 4 · bytes
 *
 * Least recently used first, as the table has them: the order decides who is evicted next.
 */
import { Corruption } from '../errors.ts';
import type { SessionImage } from '../kv/sessions.ts';
import { readUint32, writeUint32 } from './bytes.ts';

/** A body ends after the session with which it passes this. */
const BODY_BYTES = 64 * 1024;
/** All but the texts. */
const SESSION_FIXED_BYTES = 14;

/** Yields the sessions as bodies of chunks. */
export class SessionsSection {
  readonly #sessions: readonly SessionImage[];
  #next = 0;

  constructor(sessions: readonly SessionImage[]) {
    this.#sessions = sessions;
  }

  /** The next body; undefined after the last. There is none when there are no sessions. */
  next(): Uint8Array | undefined {
    const first = this.#next;
    let bytes = 4;
    while (this.#next < this.#sessions.length && bytes < BODY_BYTES) {
      bytes += bytesOf(this.#sessions[this.#next] as SessionImage);
      this.#next += 1;
    }
    if (this.#next === first) return undefined;
    const body = Buffer.allocUnsafeSlow(bytes);
    writeUint32(body, 0, this.#next - first);
    let offset = 4;
    for (let index = first; index < this.#next; index += 1) {
      offset = writeSession(body, offset, this.#sessions[index] as SessionImage);
    }
    return body;
  }
}

/** The sessions of one body, in order. Throws `Corruption` on bytes that we can't have written. */
export function decodeSessions(body: Uint8Array): SessionImage[] {
  const reader = new BodyReader(body);
  const sessions: SessionImage[] = [];
  for (let left = reader.uint32(); left > 0; left -= 1) sessions.push(reader.session());
  if (!reader.atEnd) throw new Corruption('a chunk of sessions is longer than its sessions');
  return sessions;
}

function bytesOf({ id, fingerprint, reply }: SessionImage): number {
  return SESSION_FIXED_BYTES + id.length + fingerprint.length + (reply?.length ?? 0);
}

function writeSession(body: Buffer, start: number, session: SessionImage): number {
  const { sequence, id, fingerprint, reply } = session;
  const high = Math.floor(sequence / 0x1_0000_0000);
  writeUint32(body, start, sequence % 0x1_0000_0000);
  body.writeUIntLE(high, start + 4, 3);
  let offset = start + 7;
  for (const text of [id, fingerprint]) {
    body[offset] = text.length;
    body.latin1Write(text, offset + 1);
    offset += 1 + text.length;
  }
  body[offset] = reply === undefined ? 0 : 1;
  const kept = reply ?? '';
  writeUint32(body, offset + 1, kept.length);
  body.latin1Write(kept, offset + 5);
  return offset + 5 + kept.length;
}

class BodyReader {
  readonly #source: Buffer;
  #offset = 0;

  constructor(body: Uint8Array) {
    this.#source = Buffer.from(body.buffer, body.byteOffset, body.length);
  }

  get atEnd(): boolean {
    return this.#offset === this.#source.length;
  }

  uint32(): number {
    const start = this.#advance(4);
    return readUint32(this.#source, start);
  }

  session(): SessionImage {
    const low = this.uint32();
    const sequence = low + this.#source.readUIntLE(this.#advance(3), 3) * 0x1_0000_0000;
    const id = this.#text(this.#byte());
    const fingerprint = this.#text(this.#byte());
    const kept = this.#byte();
    const text = this.#text(this.uint32());
    if (!Number.isSafeInteger(sequence) || kept > 1 || (kept === 0 && text !== '')) {
      throw new Corruption(`a chunk of sessions holds a session that can't be: ${JSON.stringify(id)}`);
    }
    return { id, sequence, fingerprint, reply: kept === 1 ? text : undefined };
  }

  #byte(): number {
    return this.#source[this.#advance(1)] ?? 0;
  }

  #text(length: number): string {
    const start = this.#advance(length);
    return this.#source.latin1Slice(start, start + length);
  }

  #advance(bytes: number): number {
    const start = this.#offset;
    if (start + bytes > this.#source.length) throw new Corruption('a chunk of sessions ends within a session');
    this.#offset = start + bytes;
    return start;
  }
}
