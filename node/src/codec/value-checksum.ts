/** What tells two values of one slot apart without showing them: the ballot is left out, since replicas may differ in it. */
import { crc32 } from 'node:zlib';
import type { Entry, Value } from '../paxos/entry.ts';
import { valueBytes } from './record.ts';

export interface ValueSummary {
  readonly kind: Value['kind'];
  readonly bytes: number;
  /** CRC-32 of the value, eight hexadecimal digits. */
  readonly checksum: string;
}

export function valueSummary({ value }: Entry): ValueSummary {
  const bytes = valueBytes(value);
  return {
    kind: value.kind,
    bytes: bytes.length,
    checksum: crc32(bytes).toString(16).padStart(8, '0'),
  };
}
