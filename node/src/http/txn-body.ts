/** The content of `POST /v1/txn`, checked: conditions, and operations of two branches. */
import { InvalidInput } from '../errors.ts';
import type { Condition } from '../kv/condition.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import type { QueuedCommand } from '../kv/transaction.ts';
import type { Comparison, Txn } from '../kv/txn.ts';
import { bytesOf, KEY_BYTES_MAX } from './key.ts';
import { parseTtl } from './query.ts';

/** Conditions, and operations of one branch: applying them stops the replica for as long as they take. */
export const TXN_ITEMS_MAX = 1024;

type Fields = Readonly<Record<string, unknown>>;

const OPERATIONS = ['put', 'delete', 'get'] as const;

/** Throws `InvalidInput` that names the field, as `success[2].put.key`. */
export function parseTxn(body: Buffer): Txn {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    const start = body.toString('utf8', 0, 100);
    throw new InvalidInput('the content', start, 'must be JSON such as {"compare":[],"success":[]}', {
      cause,
    });
  }
  const fields = fieldsOf(parsed, 'the content', ['compare', 'success', 'failure']);
  const success = listOf(fields, 'success').map((item, index) => operation(item, `success[${index}]`));
  const failure = listOf(fields, 'failure').map((item, index) => operation(item, `failure[${index}]`));
  if (success.length + failure.length === 0) {
    throw new InvalidInput('success', [], 'must hold an operation, unless "failure" does');
  }
  return {
    comparisons: listOf(fields, 'compare').map((item, index) => comparison(item, `compare[${index}]`)),
    success,
    failure,
  };
}

function comparison(item: unknown, name: string): Comparison {
  const fields = fieldsOf(item, name, ['key', 'keyEncoding', 'revision', 'exists']);
  const { revision, exists } = fields;
  if ((revision === undefined) === (exists === undefined)) {
    throw new InvalidInput(name, item, 'must have either a "revision" or "exists"');
  }
  return { key: keyOf(fields, name), condition: conditionOf(revision, exists, name) };
}

function conditionOf(revision: unknown, exists: unknown, name: string): Condition {
  if (exists !== undefined) {
    if (typeof exists !== 'boolean')
      throw new InvalidInput(`${name}.exists`, exists, 'must be true or false');
    return { kind: exists ? 'exists' : 'absent', expected: '' };
  }
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 1) {
    throw new InvalidInput(`${name}.revision`, revision, 'must be a whole number from 1 to 2^53 - 1');
  }
  return { kind: 'match', expected: String(revision) };
}

function operation(item: unknown, name: string): QueuedCommand {
  const fields = fieldsOf(item, name, OPERATIONS);
  const kinds = OPERATIONS.filter((kind) => fields[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    throw new InvalidInput(name, item, 'must have exactly one of "put", "delete" and "get"');
  }
  const where = `${name}.${kind}`;
  const known = ['key', 'keyEncoding', ...(kind === 'put' ? ['value', 'valueEncoding', 'ttl'] : [])];
  const own = fieldsOf(fields[kind], where, known);
  const key = keyOf(own, where);
  if (kind === 'get') return { code: INTERNAL.get, args: [key] };
  if (kind === 'delete') return { code: INTERNAL.delete, args: [key, '', ''] };
  const value = bytesIn(own, 'value', where);
  return { code: INTERNAL.put, args: [key, value, '', '', ttlOf(own, where)] };
}

function ttlOf({ ttl }: Fields, where: string): string {
  if (ttl === undefined) return '';
  const name = `${where}.ttl`;
  if (typeof ttl !== 'string')
    throw new InvalidInput(name, ttl, 'must be a string such as "30s" or "1500ms"');
  return String(parseTtl(name, ttl));
}

function keyOf(fields: Fields, where: string): string {
  const key = bytesIn(fields, 'key', where);
  if (key === '' || key.length > KEY_BYTES_MAX) {
    throw new InvalidInput(`the length of ${where}.key`, key.length, `must be 1 to ${KEY_BYTES_MAX} bytes`);
  }
  return key;
}

/** Text as UTF-8, or base64 where the field beside it says so: as listings give them. */
function bytesIn(fields: Fields, field: 'key' | 'value', where: string): string {
  const name = `${where}.${field}`;
  const text = fields[field];
  const encoding = fields[`${field}Encoding`];
  if (typeof text !== 'string') throw new InvalidInput(name, text ?? null, 'must be a string');
  if (encoding === undefined) return bytesOf(text);
  if (encoding !== 'base64')
    throw new InvalidInput(`${name}Encoding`, encoding, 'must be "base64" or absent');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) {
    throw new InvalidInput(name, text.slice(0, 100), 'must be base64, padded with =');
  }
  return bytes.latin1Slice();
}

function listOf(fields: Fields, name: string): readonly unknown[] {
  const list = fields[name] ?? [];
  if (!Array.isArray(list)) throw new InvalidInput(name, list, 'must be a list');
  if (list.length > TXN_ITEMS_MAX) {
    throw new InvalidInput(`the length of ${name}`, list.length, `must be at most ${TXN_ITEMS_MAX}`);
  }
  return list;
}

/** A mistyped field must not pass for absent. */
function fieldsOf(value: unknown, name: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInput(name, value ?? null, 'must be an object');
  }
  for (const field of Object.keys(value)) {
    if (!known.includes(field))
      throw new InvalidInput(`a field of ${name}`, field, `must be one of ${known.join(', ')}`);
  }
  return value as Fields;
}
