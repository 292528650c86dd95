/** What tells two values of one slot apart without showing them: the ballot is left out, since replicas may differ in it. */
import { crc32 } from 'node:zlib';
import type { Entry, Value } from '../paxos/entry.ts';
import { encodeConfiguration } from './configuration.ts';

export interface ValueSummary {
  readonly kind: Value['kind'];
  readonly bytes: number;
  /** CRC-32 of the value, eight hexadecimal digits. */
  readonly checksum: string;
}

const EMPTY = new Uint8Array(0);

export function valueSummary({ value }: Entry): ValueSummary {
  const bytes =
    value.kind === 'commands'
      ? value.bytes
      : value.kind === 'configuration'
        ? encodeConfiguration(value.configuration)
        : EMPTY;
  return {
    kind: value.kind,
    bytes: bytes.length,
    checksum: crc32(bytes).toString(16).padStart(8, '0'),
  };
}
