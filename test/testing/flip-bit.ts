/** What an old disk does now and then. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export function flipBit(file: string, offset: number): void {
  const byte = readFileSync(file)[offset] ?? 0;
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.from([byte ^ 1]), 0, 1, offset);
  closeSync(descriptor);
}
