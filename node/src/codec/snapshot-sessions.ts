/**
 * The sessions of a snapshot, least recently named first: their order decides who is evicted next.
 *
 *     sequence 8, a double · id length 1 · fingerprint length 1 · reply kept 1 (0 or 1) · reply length 4 · id · fingerprint · reply
 */
import { Corruption } from '../errors.ts';
import type { SessionImage } from '../kv/sessions.ts';
import type { Store } from '../kv/store.ts';
import { readUint32, writeUint32 } from './bytes.ts';
import { CHUNK_FIELDS_BYTES, type ChunkBuffer } from './snapshot-chunk.ts';
import type { SnapshotHeader } from './snapshot-header.ts';
import {
  beginSectionChunk,
  COUNT_BYTES,
  countOf,
  ITEMS_OFFSET,
  type SectionWriter,
} from './snapshot-section.ts';

export const KIND_SESSIONS = 4;
/** The sum of the fields above. */
const SESSION_FIXED_BYTES = 15;

export class SessionsWriter implements SectionWriter {
  readonly #sessions: readonly SessionImage[];
  #next = 0;

  constructor(sessions: readonly SessionImage[]) {
    this.#sessions = sessions;
  }

  next(buffer: ChunkBuffer): Buffer | undefined {
    const first = this.#next;
    let bytes = 0;
    for (; this.#next < this.#sessions.length && bytes < CHUNK_FIELDS_BYTES; this.#next += 1) {
      const { id, fingerprint, reply } = this.#sessions[this.#next] as SessionImage;
      bytes += SESSION_FIXED_BYTES + id.length + fingerprint.length + (reply?.length ?? 0);
    }
    if (this.#next === first) return undefined;
    const chunk = beginSectionChunk(buffer, KIND_SESSIONS, this.#next - first, bytes);
    let offset = ITEMS_OFFSET;
    for (const session of this.#sessions.slice(first, this.#next))
      offset = writeSession(chunk, offset, session);
    return chunk;
  }
}

function writeSession(target: Buffer, offset: number, session: SessionImage): number {
  const { id, sequence, fingerprint, reply = '' } = session;
  target.writeDoubleLE(sequence, offset);
  target[offset + 8] = id.length;
  target[offset + 9] = fingerprint.length;
  target[offset + 10] = session.reply === undefined ? 0 : 1;
  writeUint32(target, offset + 11, reply.length);
  let end = offset + SESSION_FIXED_BYTES;
  for (const text of [id, fingerprint, reply]) {
    target.latin1Write(text, end);
    end += text.length;
  }
  return end;
}

export function readSessions(fields: Buffer, _header: SnapshotHeader, store: Store): void {
  const count = countOf(fields);
  const sessions: SessionImage[] = [];
  let offset = COUNT_BYTES;
  for (let index = 0; index < count; index += 1) {
    const idOffset = offset + SESSION_FIXED_BYTES;
    if (idOffset > fields.length) throw new Corruption(`session ${index} of a chunk does not end in it`);
    const fingerprintOffset = idOffset + (fields[offset + 8] as number);
    const replyOffset = fingerprintOffset + (fields[offset + 9] as number);
    const end = replyOffset + readUint32(fields, offset + 11);
    if (end > fields.length) throw new Corruption(`session ${index} of a chunk does not end in it`);
    const sequence = fields.readDoubleLE(offset);
    if (!Number.isSafeInteger(sequence))
      throw new Corruption(`session ${index} of a chunk counts ${sequence}`);
    sessions.push({
      id: fields.latin1Slice(idOffset, fingerprintOffset),
      sequence,
      fingerprint: fields.latin1Slice(fingerprintOffset, replyOffset),
      reply: fields[offset + 10] === 0 ? undefined : fields.latin1Slice(replyOffset, end),
    });
    offset = end;
  }
  if (offset !== fields.length) throw new Corruption('a chunk of sessions holds more than its sessions');
  store.sessions.restore(sessions);
}
