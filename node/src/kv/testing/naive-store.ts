/**
 * The dumb oracle of the store's property tests: a plain map, searched from end to end for everything, with the
 * rules written down a second time and as simply as they can be.
 */
import { commandByCode } from '../commands.ts';
import type { LogStep } from '../commands.arbitrary.ts';
import { INTERNAL } from '../internal-codes.ts';
import { ErrorReply, OK } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { decodeTransaction } from '../transaction.ts';

interface NaiveRecord {
  key: string;
  value: string;
  createRevision: number;
  modifyRevision: number;
  version: number;
  expiresAtMs: number;
}

const NOT_AN_INTEGER = new ErrorReply('ERR value is not an integer or out of range');
const INT64_MAX = 9223372036854775807n;

export class NaiveStore {
  readonly records = new Map<string, NaiveRecord>();
  revision = 0;
  #changed = false;

  /** The reply; undefined for commands whose reply it does not model (`SCAN` and transactions that hold it). */
  perform(step: LogStep): { reply: Reply } | undefined {
    if (step.kind === 'expire') return { reply: this.#expire(step.stampMs, step.keysMax) };
    this.#changed = false;
    const reply = this.#execute(step.code, step.args, step.nowMs);
    if (this.#changed) this.revision += 1;
    return reply === undefined ? undefined : { reply };
  }

  earliestDeadlineMs(): number | undefined {
    const deadlines = [...this.records.values()].map((record) => record.expiresAtMs).filter((ms) => ms !== 0);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  contents(): NaiveRecord[] {
    return [...this.records.values()].toSorted((left, right) => (left.key < right.key ? -1 : 1));
  }

  #expire(stampMs: number, keysMax: number): number {
    const due = this.contents().filter((record) => record.expiresAtMs !== 0 && record.expiresAtMs <= stampMs);
    due.sort((left, right) => left.expiresAtMs - right.expiresAtMs);
    const gone = due.slice(0, keysMax);
    for (const { key } of gone) this.records.delete(key);
    this.revision += gone.length;
    return gone.length;
  }

  #execute(code: number, args: readonly string[], nowMs: number): Reply | undefined {
    if (code === INTERNAL.exec) {
      const { commands } = decodeTransaction(args);
      const replies = commands.map((command) => this.#execute(command.code, command.args, nowMs));
      return replies.includes(undefined) ? undefined : (replies as Reply[]);
    }
    const name = commandByCode(code)?.name ?? '';
    const [key = '', second = '', third = '', fourth = ''] = args;
    const record = this.records.get(key);
    switch (name) {
      case 'SET':
        return this.#set(key, second, third, fourth, nowMs);
      case 'GET':
        return record?.value ?? null;
      case 'GETDEL':
        this.#delete(key);
        return record?.value ?? null;
      case 'GETEX':
        if (record === undefined) return null;
        return this.#whenPositive(third, 'getex', (amount) => {
          this.#setDeadline(key, nowMs + amount, nowMs);
          return record.value;
        });
      case 'MSET':
        this.#put(key, second, 0);
        this.#put(third, fourth, 0);
        return OK;
      case 'INCR':
        return this.#add(key, '1');
      case 'DECR':
        return this.#add(key, '-1');
      case 'INCRBY':
        return this.#add(key, second);
      case 'APPEND':
        this.#put(key, (record?.value ?? '') + second, record?.expiresAtMs ?? 0);
        return this.records.get(key)?.value.length ?? 0;
      case 'DEL':
        return args.filter((each) => this.#delete(each)).length;
      case 'PEXPIRE':
        if (!isInteger(second)) return NOT_AN_INTEGER;
        if (BigInt(second) + BigInt(nowMs) > INT64_MAX) return invalidExpire('pexpire');
        return this.#setDeadline(key, nowMs + Number(second), nowMs);
      case 'PEXPIREAT':
        return this.#setDeadline(key, Number(second), nowMs);
      case 'PERSIST':
        if (record === undefined || record.expiresAtMs === 0) return 0;
        this.#put(key, record.value, 0);
        return 1;
      case 'RENAME':
        if (record === undefined) return new ErrorReply('ERR no such key');
        if (key === second) return OK;
        this.#put(second, record.value, record.expiresAtMs);
        this.#delete(key);
        return OK;
      case 'FLUSHALL':
        for (const each of this.records.keys()) this.#delete(each);
        return OK;
      case 'EXISTS':
        return args.filter((each) => this.records.has(each)).length;
      case 'PTTL':
        if (record === undefined) return -2;
        return record.expiresAtMs === 0 ? -1 : Math.max(0, record.expiresAtMs - nowMs);
      default:
        return undefined;
    }
  }

  #set(key: string, value: string, option: string, amount: string, nowMs: number): Reply {
    const present = this.records.get(key);
    const before = present?.value ?? null;
    switch (option) {
      case '':
        this.#put(key, value, 0);
        return OK;
      case 'NX':
        if (present === undefined) this.#put(key, value, 0);
        return before;
      case 'XX':
        if (present !== undefined) this.#put(key, value, 0);
        return before;
      case 'KEEPTTL':
        this.#put(key, value, present?.expiresAtMs ?? 0);
        return before;
      default:
        return this.#whenPositive(amount, 'set', (milliseconds) => {
          const deadline = option === 'PX' ? nowMs + milliseconds : milliseconds;
          if (deadline <= nowMs) this.#delete(key);
          else this.#put(key, value, deadline);
          return OK;
        });
    }
  }

  #whenPositive(text: string, name: string, then: (amount: number) => Reply): Reply {
    if (!isInteger(text)) return NOT_AN_INTEGER;
    // All absolute deadlines of these tests are far below the limit, so only lifetimes can pass it.
    return BigInt(text) <= 0n || BigInt(text) === INT64_MAX ? invalidExpire(name) : then(Number(text));
  }

  #setDeadline(key: string, deadline: number, nowMs: number): number {
    const record = this.records.get(key);
    if (record === undefined) return 0;
    if (deadline <= nowMs) this.#delete(key);
    else this.#put(key, record.value, deadline);
    return 1;
  }

  #add(key: string, amount: string): Reply {
    const record = this.records.get(key);
    const present = record?.value ?? '0';
    if (!isInteger(amount) || !isInteger(present)) return NOT_AN_INTEGER;
    const sum = BigInt(present) + BigInt(amount);
    if (sum > INT64_MAX || sum < -INT64_MAX - 1n) {
      return new ErrorReply('ERR increment or decrement would overflow');
    }
    this.#put(key, sum.toString(), record?.expiresAtMs ?? 0);
    return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
  }

  #put(key: string, value: string, expiresAtMs: number): void {
    this.#changed = true;
    const modifyRevision = this.revision + 1;
    const { createRevision, version } = this.records.get(key) ?? {
      createRevision: modifyRevision,
      version: 0,
    };
    this.records.set(key, { key, value, createRevision, modifyRevision, version: version + 1, expiresAtMs });
  }

  #delete(key: string): boolean {
    const isThere = this.records.delete(key);
    this.#changed ||= isThere;
    return isThere;
  }
}

function isInteger(text: string): boolean {
  return /^(0|-?[1-9]\d*)$/.test(text) && BigInt(text) <= INT64_MAX && BigInt(text) >= -INT64_MAX - 1n;
}

function invalidExpire(name: string): ErrorReply {
  return new ErrorReply(`ERR invalid expire time in '${name}' command`);
}
