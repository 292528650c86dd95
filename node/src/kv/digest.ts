/**
 * A rolling digest of all that a replica has applied and answered: two replicas that disagree at one slot have
 * diverged. It costs some tens of nanoseconds per command, so it is no cryptographic hash: it finds bugs, not liars.
 */
import { Double, ErrorReply, MapReply, OK, Status } from './reply.ts';
import type { Reply } from './reply.ts';

/** Strings up to this length are mixed whole, of longer ones this many characters, evenly spread. */
const STRING_SAMPLES_MAX = 64;

/** Says which kind of reply follows, so that '1' and 1 differ. */
const KIND = {
  nil: 1,
  ok: 2,
  number: 3,
  string: 4,
  status: 5,
  error: 6,
  array: 7,
  double: 8,
  map: 9,
  bigint: 10,
} as const;

/** The digest's two 32-bit integers. */
export type DigestState = readonly [number, number];

export class Digest {
  #first = 0x6a09e667 | 0;
  #second = 0xbb67ae85 | 0;

  get state(): DigestState {
    return [this.#first, this.#second];
  }

  /** One half of the state, for who must not make an object. */
  get first(): number {
    return this.#first;
  }

  get second(): number {
    return this.#second;
  }

  /** Sixteen hexadecimal digits. */
  get text(): string {
    return hexadecimal(this.#first) + hexadecimal(this.#second);
  }

  restore(state: DigestState): void {
    [this.#first, this.#second] = state;
  }

  /** Mixes the low 32 bits of an integer. */
  mix(word: number): void {
    this.#first = Math.imul(this.#first ^ word, 0x9e3779b1);
    this.#first ^= this.#first >>> 15;
    this.#second = Math.imul(this.#second + this.#first, 0x85ebca6b);
    this.#second ^= this.#second >>> 13;
  }

  /** Mixes an integer of up to 53 bits. */
  mixInteger(value: number): void {
    this.mix(value);
    this.mix(Math.floor(value / 0x1_0000_0000));
  }

  mixString(text: string): void {
    const length = text.length;
    this.mix(length);
    const stride = length <= STRING_SAMPLES_MAX ? 1 : length / STRING_SAMPLES_MAX;
    for (let position = 0; position < length; position += stride) {
      this.mix(text.charCodeAt(Math.floor(position)));
    }
  }

  mixReply(reply: Reply): void {
    if (reply === OK) this.mix(KIND.ok);
    else if (reply === null) this.mix(KIND.nil);
    else if (typeof reply === 'number') {
      this.mix(KIND.number);
      this.mixInteger(reply);
    } else if (typeof reply === 'string') {
      this.mix(KIND.string);
      this.mixString(reply);
    } else this.#mixObject(reply);
  }

  #mixObject(reply: Exclude<Reply, string | number | null>): void {
    if (typeof reply === 'bigint') this.#mixText(KIND.bigint, reply.toString());
    else if (reply instanceof Status) this.#mixText(KIND.status, reply.text);
    else if (reply instanceof ErrorReply) this.#mixText(KIND.error, reply.message);
    else if (reply instanceof Double) this.#mixText(KIND.double, String(reply.value));
    else if (reply instanceof MapReply) {
      this.mix(KIND.map);
      this.mix(reply.entries.length);
      for (const [field, value] of reply.entries) {
        this.mixReply(field);
        this.mixReply(value);
      }
    } else {
      this.mix(KIND.array);
      this.mix(reply.length);
      for (const element of reply) this.mixReply(element);
    }
  }

  #mixText(kind: number, text: string): void {
    this.mix(kind);
    this.mixString(text);
  }
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
