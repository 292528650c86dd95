/**
 * What a run did, in 64 bits: everything that matters is noted as it happens, so two runs of one seed
 * that differ anywhere end with different hashes. The readable lines are made only when somebody
 * replays a seed; the hash does not know whether anybody reads.
 */
import type { Time } from './time.ts';

export class Trace {
  #time: Time;
  #readable: ((line: string) => void) | undefined;
  #high = 0x6a09e667;
  #low = 0xbb67ae85 | 0;
  #double = new Float64Array(1);
  #words = new Uint32Array(this.#double.buffer);

  /** `readable` receives each line, its virtual time in front, as it happens. */
  constructor(time: Time, readable?: (line: string) => void) {
    this.#time = time;
    this.#readable = readable;
  }

  /** Mixes in any number, all 64 bits of it. */
  number(value: number): void {
    this.#double[0] = value;
    this.#mix(this.#words[0] as number);
    this.#mix(this.#words[1] as number);
  }

  /** Mixes in a string and its length. */
  text(value: string): void {
    this.#mix(value.length);
    for (let index = 0; index < value.length; index += 1) this.#mix(value.charCodeAt(index));
  }

  /** Notes that something happened now. Its text is part of the hash: nothing of this machine belongs in it. */
  event(text: string): void {
    this.number(this.#time.now);
    this.text(text);
    this.#readable?.(`${stamp(this.#time.now)} ${text}`);
  }

  /** A line for a reader only, made only if there is one. */
  line(make: () => string): void {
    this.#readable?.(`${stamp(this.#time.now)} ${make()}`);
  }

  /** Sixteen hexadecimal digits. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  /** Two multiplicative hashes of 32 bits, each fed with the other: cheap, and order matters. */
  #mix(word: number): void {
    const low = Math.imul(this.#low ^ word, 0x9e3779b1);
    this.#high = (Math.imul(this.#high ^ (low >>> 15), 0x85ebca77) + word) | 0;
    this.#low = low ^ (this.#high >>> 13);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** Seconds with milliseconds, of one width up to a quarter of an hour, so that lines align. */
function stamp(nowMs: number): string {
  return (nowMs / 1000).toFixed(3).padStart(8);
}
