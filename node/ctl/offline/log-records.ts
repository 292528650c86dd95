/** The records of a directory's log in the order in which they were written, up to the end or to the first damage. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { LogRecord } from '../../src/codec/record.ts';
import { NodeError } from '../../src/errors.ts';
import { segmentNumber } from '../../src/storage/segment.ts';
import { scanSegment } from '../../src/storage/segment-scan.ts';
import { refused } from '../failure.ts';

export type FoundRecord =
  | { readonly kind: 'record'; readonly file: string; readonly offset: number; readonly record: LogRecord }
  /** Nothing comes after it: what lies behind cannot be trusted. */
  | { readonly kind: 'damage'; readonly text: string };

/** Holds one segment in memory at a time. Throws `CommandFailure` when there is no log. */
export function* readRecords(directory: string): Generator<FoundRecord> {
  const files = readdirSync(directory).filter((name) => segmentNumber(name) !== undefined);
  if (files.length === 0) {
    throw refused(
      `${directory} holds no log of a replica`,
      'name the directory of one replica, such as data/replica-0: it has files log-000000000001 and up',
    );
  }
  let sequence: number | undefined;
  for (const file of files.toSorted()) {
    const number = segmentNumber(file) as number;
    if (number === 1) sequence = 1;
    const records: FoundRecord[] = [];
    try {
      const image = readFileSync(path.join(directory, file));
      const scan = scanSegment(image, number, sequence, (record, offset) => {
        records.push({ kind: 'record', file, offset, record });
      });
      sequence = scan.sequence;
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      records.push({ kind: 'damage', text: error.message });
      yield* records;
      return;
    }
    yield* records;
  }
}
