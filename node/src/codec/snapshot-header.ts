/**
 * The first chunk of a snapshot: whose it is, at which slot, and everything small that applying depends on.
 *
 *     magic 8 bytes "PaxosKVS" · format version 2 · cluster id 16 · slot 6 · epoch, round 6 · replica 6 ·
 *     batch number 6 · stamp ms 6 · revision 6 · create sequence 6 · digest 4 · 4 · revision at which all keys
 *     were last deleted together 6 · data quota 6 · the leader's disk is full 1 · number of keys 6 · number of rulings 4 ·
 *     rulings, each: from slot 6 · length 4 · configuration, as in an entry
 *
 * Nothing in it belongs to one replica: whoever has applied the same slots writes the same bytes.
 */
import { Corruption } from '../errors.ts';
import type { StoreHeader } from '../kv/view.ts';
import type { Ballot, Slot } from '../paxos/ballot.ts';
import type { Ruling } from '../paxos/configuration.ts';
import { readUint16, readUint32, readUint48, writeUint16, writeUint32, writeUint48 } from './bytes.ts';
import { decodeConfiguration, encodeConfiguration } from './configuration.ts';
import { CHUNK_HEADER_BYTES, type ChunkBuffer } from './snapshot-chunk.ts';

/** Of the bytes, and of what applying goes on to do with them. */
export const SNAPSHOT_VERSION = 1;
export const KIND_HEADER = 1;

const MAGIC = Buffer.from('PaxosKVS', 'latin1');
/** The sum of the fields above. */
const FIXED_BYTES = 99;
/** The sum of the fields above. */
const RULING_FIXED_BYTES = 10;

/** How far the log has been applied, and what decides which batch counts next. */
export interface ApplierState {
  readonly applied: Slot;
  /** The newest leadership that has opened, and the number of its batch that was applied last. */
  readonly epoch: Ballot;
  readonly batchNumber: number;
  /** The stamp of the newest batch. */
  readonly stampMs: number;
}

export interface SnapshotHeader {
  /** 32 hexadecimal digits. */
  readonly cluster: string;
  /** `applied` is the snapshot's slot. */
  readonly applier: ApplierState;
  /** Every configuration that rules a slot above the snapshot's, up to alpha above it. */
  readonly rulings: readonly Ruling[];
  readonly store: StoreHeader;
}

export function encodeHeader(header: SnapshotHeader, buffer: ChunkBuffer): Buffer {
  const rulings = header.rulings.map(({ from, configuration }) => ({
    from,
    configuration: encodeConfiguration(configuration),
  }));
  const rulingsBytes = rulings.reduce((sum, each) => sum + RULING_FIXED_BYTES + each.configuration.length, 0);
  const chunk = buffer.begin(KIND_HEADER, FIXED_BYTES + rulingsBytes);
  const target = chunk.subarray(CHUNK_HEADER_BYTES);
  const { cluster, applier, store } = header;
  target.set(MAGIC, 0);
  writeUint16(target, 8, SNAPSHOT_VERSION);
  target.set(Buffer.from(cluster, 'hex'), 10);
  writeUint48(target, 26, applier.applied);
  writeUint48(target, 32, applier.epoch.round);
  writeUint48(target, 38, applier.epoch.replica);
  writeUint48(target, 44, applier.batchNumber);
  writeUint48(target, 50, applier.stampMs);
  writeUint48(target, 56, store.revision);
  writeUint48(target, 62, store.createSequence);
  writeUint32(target, 68, store.digest[0]);
  writeUint32(target, 72, store.digest[1]);
  writeUint48(target, 76, store.deletedAllAt);
  writeUint48(target, 82, store.growth.quotaBytes);
  target[88] = store.growth.diskFull ? 1 : 0;
  writeUint48(target, 89, store.keys);
  writeUint32(target, 95, rulings.length);
  let offset = FIXED_BYTES;
  for (const { from, configuration } of rulings) {
    writeUint48(target, offset, from);
    writeUint32(target, offset + 6, configuration.length);
    target.set(configuration, offset + RULING_FIXED_BYTES);
    offset += RULING_FIXED_BYTES + configuration.length;
  }
  return chunk;
}

/** Throws `Corruption` when the fields are none of a header, or of another version. */
export function decodeHeader(fields: Buffer): SnapshotHeader {
  if (MAGIC.compare(fields, 0, 8) !== 0) throw new Corruption('it does not begin with "PaxosKVS"');
  const version = readUint16(fields, 8);
  if (version !== SNAPSHOT_VERSION) {
    throw new Corruption(`its format has the version ${version}, this program reads ${SNAPSHOT_VERSION}`);
  }
  if (fields.length < FIXED_BYTES) throw new Corruption('the header is too short');
  return {
    cluster: fields.toString('hex', 10, 26),
    applier: {
      applied: readUint48(fields, 26),
      epoch: { round: readUint48(fields, 32), replica: readUint48(fields, 38) },
      batchNumber: readUint48(fields, 44),
      stampMs: readUint48(fields, 50),
    },
    rulings: decodeRulings(fields),
    store: {
      revision: readUint48(fields, 56),
      createSequence: readUint48(fields, 62),
      digest: [readUint32(fields, 68) | 0, readUint32(fields, 72) | 0],
      deletedAllAt: readUint48(fields, 76),
      growth: { quotaBytes: readUint48(fields, 82), diskFull: readFlag(fields, 88) },
      keys: readUint48(fields, 89),
    },
  };
}

function readFlag(fields: Buffer, offset: number): boolean {
  const flag = fields[offset];
  if (flag !== 0 && flag !== 1) throw new Corruption(`the header holds ${flag} where 0 or 1 must be`);
  return flag === 1;
}

function decodeRulings(fields: Buffer): Ruling[] {
  const count = readUint32(fields, 95);
  const rulings: Ruling[] = [];
  let offset = FIXED_BYTES;
  while (rulings.length < count && offset + RULING_FIXED_BYTES <= fields.length) {
    const end = offset + RULING_FIXED_BYTES + readUint32(fields, offset + 6);
    if (end > fields.length) break;
    const configuration = decodeConfiguration(fields.subarray(offset + RULING_FIXED_BYTES, end));
    rulings.push({ from: readUint48(fields, offset), configuration });
    offset = end;
  }
  if (rulings.length !== count || offset !== fields.length) {
    throw new Corruption(`the header does not hold ${count} rulings and nothing else`);
  }
  return rulings;
}
