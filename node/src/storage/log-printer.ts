/** The log's files as lines for people: what `GET /log/print/{file}` shows. Reads only what is on disk. */
import {
  BATCH_RECORD_BYTES,
  bodyLength,
  decodeRecord,
  isBatchRecord,
  isIntact,
  type LogRecord,
  recordBytes,
} from '../codec/record.ts';
import { ballotText, replicaText } from '../paxos/ballot.ts';
import type { Value } from '../paxos/entry.ts';
import type { File, Files } from './files.ts';
import { sectorEnd } from './sectors.ts';
import { segmentName } from './segment.ts';

/** Read at a time; a longer record gets as much as it needs. */
const PIECE_BYTES = 1024 * 1024;

export class LogPrinter {
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Names of the files that can be printed. */
  names(done: (error: Error | undefined, names: readonly string[]) => void): void {
    this.#files.list((error, names) => {
      if (error !== undefined) done(error, []);
      else
        done(
          undefined,
          names.filter((name) => /^log-\d+$/.test(name)),
        );
    });
  }

  /** One line for each record; stops early when `write` answers false. */
  print(name: string, write: (line: string) => boolean, done: (error: Error | undefined) => void): void {
    this.#files.open(name, (error, file) => {
      if (error !== undefined) return done(error);
      printFrom(file, 0, PIECE_BYTES, write, (failure) => file.close(() => done(failure)));
    });
  }
}

function printFrom(
  file: File,
  position: number,
  length: number,
  write: (line: string) => boolean,
  done: (error: Error | undefined) => void,
): void {
  file.read(position, length, (error, piece) => {
    if (error !== undefined) return done(error);
    let offset = 0;
    for (;;) {
      offset = skipPadding(piece, position, offset);
      if (!isIntact(piece, offset)) break;
      if (!write(`${position + offset} ${recordText(decodeRecord(piece, offset))}`)) return done(undefined);
      offset += recordBytes(bodyLength(piece, offset));
    }
    if (offset > 0) return printFrom(file, position + offset, PIECE_BYTES, write, done);
    // Nothing whole at the start: the end of the log, or a record longer than the piece.
    const needed = piece.length < 8 ? 0 : recordBytes(bodyLength(piece, 0));
    if (needed > length && piece.length === length) return printFrom(file, position, needed, write, done);
    done(undefined);
  });
}

/** A batch record never crosses a sector's border: zeros before the border are no end of the log. */
function skipPadding(piece: Uint8Array, position: number, offset: number): number {
  const border = sectorEnd(position + offset) - position;
  const isPadding = border - offset < BATCH_RECORD_BYTES && bodyLength(piece, offset) === 0;
  return isPadding && isBatchRecord(piece, border) ? border : offset;
}

/** A record in one line for people. */
export function recordText(record: LogRecord): string {
  switch (record.kind) {
    case 'header':
      return `header format ${record.formatVersion} replica ${replicaText(record.replica)} segment ${record.segment}`;
    case 'joined':
      return `joined cluster ${record.cluster}`;
    case 'promise':
      return `promise ${ballotText(record.ballot)}`;
    case 'entry': {
      const { slot, ballot, value } = record.entry;
      return `accepted slot ${slot} ballot ${ballotText(ballot)} ${valueText(value)}`;
    }
    case 'chosen':
      return `chosen up to slot ${record.slot}`;
    case 'start':
      return `start ${record.number}`;
    case 'skipped':
      return `skipped: a snapshot holds everything up to slot ${record.slot}, and what was accepted there does not count`;
    case 'batch':
      return `batch ${record.batch.sequence} of ${record.batch.bytes} bytes`;
    case 'trimmed':
      return `trimmed through ${segmentName(record.segment)}: a snapshot holds everything up to slot ${record.slot}`;
  }
}

function valueText(value: Value): string {
  if (value.kind === 'commands') return `commands ${value.bytes.length} bytes`;
  if (value.kind === 'noop') return 'no-op';
  return `configuration ${JSON.stringify(value.configuration)}`;
}
