/** Parts of values: `APPEND`, `GETRANGE`, `SETRANGE`. */
import { command } from '../command.ts';
import type { Command } from '../command.ts';
import { parseInteger } from '../integer.ts';
import { COPIED_BYTES, STRING_BYTES_MAX } from '../limits.ts';
import { NOT_AN_INTEGER, STRING_TOO_LONG } from '../refusals.ts';
import { ErrorReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Store } from '../store.ts';

export const RANGE_COMMANDS: readonly Command[] = [
  command(12, 'APPEND', 3, 'write denyoom fast', '1 1 1', append),
  command(13, 'STRLEN', 2, 'readonly fast', '1 1 1', stringLength),
  command(14, 'GETRANGE', 4, 'readonly', '1 1 1', getRange),
  command(15, 'SUBSTR', 4, 'readonly', '1 1 1', getRange),
  command(16, 'SETRANGE', 4, 'write denyoom', '1 1 1', setRange),
];

const OFFSET_OUT_OF_RANGE = new ErrorReply('ERR offset is out of range');

/**
 * V8 joins strings lazily, as a tree of their pieces. A value that grows byte by byte would become a million pieces of
 * 32 bytes each; reading one character makes it one piece, by a copy of the whole. Once in so many bytes that costs
 * little, and for a long value once in this share of its length.
 */
const PIECES_BYTES_MIN = 4096;
const PIECES_SHARE = 1 / 32;

function append(store: Store, args: readonly string[]): Reply {
  const [key, tail] = args as [string, string];
  const record = store.find(key);
  if (record === undefined) {
    if (tail.length > STRING_BYTES_MAX) return STRING_TOO_LONG;
    store.put(key, tail, 0);
    return tail.length;
  }
  const lengthBefore = record.value.length;
  const length = lengthBefore + tail.length;
  if (length > STRING_BYTES_MAX) return STRING_TOO_LONG;
  const value = record.value + tail;
  const stepBytes = piecesBytes(length);
  const isDue = Math.floor(length / stepBytes) !== Math.floor(lengthBefore / stepBytes);
  store.setValue(record, isDue ? inOnePiece(store, value) : value);
  return length;
}

/** A power of two, so that the steps of a value that grows hardly move. */
function piecesBytes(length: number): number {
  return Math.max(PIECES_BYTES_MIN, 2 ** Math.floor(Math.log2(length * PIECES_SHARE)));
}

function stringLength(store: Store, args: readonly string[]): Reply {
  return store.find(args[0] as string)?.value.length ?? 0;
}

function getRange(store: Store, args: readonly string[]): Reply {
  const first = parseInteger(args[1] as string);
  const last = parseInteger(args[2] as string);
  if (first === undefined || last === undefined) return NOT_AN_INTEGER;
  const record = store.find(args[0] as string);
  if (record === undefined) return '';
  if (first < 0 && last < 0 && first > last) return '';
  const { length } = record.value;
  const start = fromStart(Number(first), length);
  const end = Math.min(fromStart(Number(last), length), length - 1);
  return start > end ? '' : record.value.slice(start, end + 1);
}

/** A negative position counts from the end; what falls before the beginning is the beginning. */
function fromStart(position: number, length: number): number {
  return Math.max(0, position < 0 ? length + position : position);
}

function setRange(store: Store, args: readonly string[]): Reply {
  const [key, offsetText, part] = args as [string, string, string];
  const offset = parseInteger(offsetText);
  if (offset === undefined) return NOT_AN_INTEGER;
  if (offset < 0) return OFFSET_OUT_OF_RANGE;
  const record = store.find(key);
  const value = record?.value ?? '';
  if (part.length === 0) return value.length;
  const start = Number(offset);
  if (start + part.length > STRING_BYTES_MAX) return STRING_TOO_LONG;
  const head = value.length >= start ? value.slice(0, start) : value.padEnd(start, '\0');
  const whole = inOnePiece(store, head + part + value.slice(start + part.length));
  if (record === undefined) store.put(key, whole, 0);
  else store.setValue(record, whole);
  return whole.length;
}

/** Copies the value: two pages of memory cost about what changing a key does. */
function inOnePiece(store: Store, value: string): string {
  store.spend(value.length / COPIED_BYTES);
  value.charCodeAt(0);
  return value;
}
