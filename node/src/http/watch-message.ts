/** What a client may say on a WebSocket of watches: one JSON object in each text message. */
import { InvalidInput } from '../errors.ts';
import { bytesOf, KEY_BYTES_MAX } from './key.ts';

export interface CreateMessage {
  readonly type: 'create';
  /** The client's own number for it, unused so far on this connection. */
  readonly watch: number;
  readonly key: string;
  readonly isPrefix: boolean;
  readonly from: number | undefined;
  readonly previous: boolean;
}

export type ClientMessage =
  | CreateMessage
  | { readonly type: 'cancel'; readonly watch: number }
  /** Asks for bookmarks of all watches. */
  | { readonly type: 'progress' };

const MEMBERS: Readonly<Record<ClientMessage['type'], readonly string[]>> = {
  create: ['type', 'watch', 'key', 'keyEncoding', 'prefix', 'prefixEncoding', 'from', 'prev'],
  cancel: ['type', 'watch'],
  progress: ['type'],
};

/** Throws `InvalidInput` that names the member. */
export function parseClientMessage(text: string): ClientMessage {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new InvalidInput('the message', text.slice(0, 100), 'must be JSON', { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InvalidInput('the message', text.slice(0, 100), 'must be an object');
  }
  const record = parsed as Readonly<Record<string, unknown>>;
  const { type } = record;
  if (type !== 'create' && type !== 'cancel' && type !== 'progress') {
    throw new InvalidInput('type', type ?? null, 'must be create, cancel or progress');
  }
  for (const name of Object.keys(record)) {
    if (!MEMBERS[type].includes(name)) {
      throw new InvalidInput('member', name, `must be one of ${MEMBERS[type].join(', ')}`);
    }
  }
  if (type === 'progress') return { type };
  const watch = integer(record, 'watch', 0);
  return type === 'cancel' ? { type, watch } : create(record, watch);
}

/** The number of the watch that a message is about, if it says one at all: for the answer to a bad one. */
export function watchNumberIn(text: string): number | undefined {
  const match = /"watch"\s*:\s*(\d{1,15})\s*[,}]/.exec(text.slice(0, 1000));
  return match === null ? undefined : Number(match[1]);
}

function create(record: Readonly<Record<string, unknown>>, watch: number): CreateMessage {
  const isPrefix = record['prefix'] !== undefined;
  if (isPrefix === (record['key'] !== undefined)) {
    throw new InvalidInput('key', record['key'] ?? null, 'or prefix must be given, and not both');
  }
  const key = bytes(record, isPrefix ? 'prefix' : 'key');
  const previous = record['prev'] ?? false;
  if (typeof previous !== 'boolean') throw new InvalidInput('prev', previous, 'must be true or false');
  const from = record['from'] === undefined ? undefined : integer(record, 'from', 1);
  return { type: 'create', watch, key, isPrefix, from, previous };
}

function integer(record: Readonly<Record<string, unknown>>, name: string, min: number): number {
  const value = record[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min) {
    throw new InvalidInput(name, value ?? null, `must be an integer of at least ${min}`);
  }
  return value;
}

function bytes(record: Readonly<Record<string, unknown>>, name: string): string {
  const text = record[name];
  const encoding = record[`${name}Encoding`];
  if (typeof text !== 'string') throw new InvalidInput(name, text ?? null, 'must be a string');
  if (encoding !== undefined && encoding !== 'base64') {
    throw new InvalidInput(`${name}Encoding`, encoding, 'must be base64, or absent for text');
  }
  if (encoding === 'base64' && !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new InvalidInput(name, text.slice(0, 100), 'must be base64');
  }
  const latin1 = encoding === 'base64' ? Buffer.from(text, 'base64').toString('latin1') : bytesOf(text);
  if (latin1.length > KEY_BYTES_MAX) {
    throw new InvalidInput(name, `${text.slice(0, 100)}…`, `must be at most ${KEY_BYTES_MAX} bytes`);
  }
  return latin1;
}
