/** Keys as clients may send them. Inside they are bytes, one per character (latin1). */
import type { Problem } from './problem.ts';

/** A key is copied into every index, listing and log entry; 64 KiB is far beyond any sensible path. */
export const KEY_BYTES_MAX = 64 * 1024;

/** The problem with a key, or undefined when it is a good one. */
export function keyProblem(key: string): Problem | undefined {
  if (key.length <= KEY_BYTES_MAX) return undefined;
  return {
    status: 414,
    name: 'key-too-long',
    title: 'Key too long',
    detail: `a key must be at most ${KEY_BYTES_MAX} bytes: it is ${key.length}`,
    more: { bytesMax: KEY_BYTES_MAX },
  };
}

/** The bytes of a text that came as UTF-8 (a JSON string, a decoded path). */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
