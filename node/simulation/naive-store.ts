/**
 * What a client may expect, written down as dumbly as possible and apart from the real store: plain maps, no index,
 * nothing clever. The checker replays the chosen commands through it in slot order, and whatever a
 * client saw must be what this says.
 *
 * It knows a handful of commands, well formed in number of arguments; a workload that uses another one is a bug of the
 * simulator. Strings hold bytes, one per character, and an error is an `ErrorReply` with Redis's text.
 */
import assert from 'node:assert/strict';
import { DISK_FULL, OUT_OF_MEMORY } from '../src/kv/refusals.ts';
import { ErrorReply, OK, type Reply } from '../src/kv/reply.ts';
import { SESSION_LIMITS, type SessionLimits } from '../src/kv/session-limits.ts';
import { NaiveSessions } from './naive-sessions.ts';

interface Entry {
  value: string;
  /** Milliseconds since 1970; undefined for a key that stays. */
  deadlineMs: number | undefined;
}

export interface NaiveCommand {
  /** Upper case, as Redis calls it; `kv.watch` and `kv.nop` as our doors do. */
  readonly name: string;
  readonly args: readonly string[];
}

/** One change of one key, as watchers hear of it; a flush is one change of all. */
export interface NaiveChange {
  readonly revision: number;
  readonly kind: 'put' | 'delete' | 'expire' | 'clear';
  readonly key: string;
  readonly value: string;
  readonly previous: string | undefined;
  readonly deadlineMs: number | undefined;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
const OVERFLOW = 'ERR increment or decrement would overflow';
const SYNTAX = 'ERR syntax error';

/** The codes in the log, written down a second time: they stand in data directories and never change. */
const NAMES = new Map([
  [1, 'GET'],
  [2, 'SET'],
  [9, 'MGET'],
  [12, 'APPEND'],
  [21, 'INCRBY'],
  [30, 'DEL'],
  [32, 'EXISTS'],
  [41, 'DBSIZE'],
  [42, 'FLUSHALL'],
  [51, 'PEXPIRE'],
  [55, 'PTTL'],
  [205, 'kv.nop'],
  [206, 'kv.watch'],
  [220, 'kv.growth'],
]);
const TRANSACTION_CODE = 200;
const OPEN_SESSION_CODE = 210;
const END_SESSION_CODE = 211;
const ONCE_CODE = 212;

/** What may make the data larger, and is refused while nothing may. */
const GROWING = new Set(['SET', 'APPEND', 'INCRBY']);
/** What each key counts for besides its name and value. */
const KEY_BYTES = 240;

export class NaiveStore {
  readonly #entries = new Map<string, Entry>();
  /** The revision of each key's last change, its deletion included. */
  readonly #changedAt = new Map<string, number>();
  readonly #sessions: NaiveSessions;
  #flushedAt = 0;
  /** Everything that ever changed, in order. */
  readonly changes: NaiveChange[] = [];
  /** Below 2 a transaction is refused as a whole for want of room, or not at all. */
  agreedVersion = 2;
  #revision = 0;
  #quotaBytes = 0;
  #diskFull = false;
  /** Whether the present command has changed anything, and so taken a revision. */
  #changed = false;

  constructor(sessionLimits: SessionLimits = SESSION_LIMITS) {
    this.#sessions = new NaiveSessions(sessionLimits);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Every key with its value, deadline (undefined for none) and the revision of its last change, in key order. */
  contents(): { key: string; value: string; deadlineMs: number | undefined; revision: number }[] {
    const keys = [...this.#entries.keys()].toSorted(compareBytes);
    return keys.map((key) => ({ key, ...this.#entry(key), revision: this.#revisionOf(key) }));
  }

  /** A command as the log holds it, one about sessions or a transaction too. */
  execute(code: number, args: readonly string[], nowMs: number): Reply {
    const [session = '', sequence, fingerprint = '', inner, ...own] = args;
    if (code === OPEN_SESSION_CODE) return this.#sessions.open(session) ? OK : assert.fail('ids are unique');
    if (code === END_SESSION_CODE) return this.#sessions.end(session);
    if (code === ONCE_CODE) {
      const execute = (): Reply => this.execute(Number(inner), own, nowMs);
      return this.#sessions.once(session, Number(sequence), fingerprint, execute);
    }
    if (code !== TRANSACTION_CODE) {
      const command = named(code, args);
      return this.#refuseGrowth([command]) ?? this.perform(command, nowMs);
    }
    const words = [...args];
    const next = (): string => words.shift() ?? assert.fail('a transaction ends too early');
    const storeRevision = Number(next());
    const watches = several(Number(next()), () => ({ key: next(), revision: Number(next()) }));
    const commands: NaiveCommand[] = [];
    while (words.length > 0) {
      const queued = Number(next());
      commands.push(named(queued, several(Number(next()), next)));
    }
    return this.#refuseGrowth(commands) ?? this.transaction(watches, storeRevision, commands, nowMs);
  }

  #refuseGrowth(commands: readonly NaiveCommand[]): Reply | undefined {
    if (!commands.some(({ name }) => GROWING.has(name))) return undefined;
    if (this.#diskFull) return DISK_FULL;
    let bytes = 0;
    for (const [key, { value }] of this.#entries) bytes += key.length + value.length + KEY_BYTES;
    return this.#quotaBytes !== 0 && bytes > this.#quotaBytes ? OUT_OF_MEMORY : undefined;
  }

  /** A command of the log with its batch's stamp, or a read; changes take one revision. */
  perform(command: NaiveCommand, nowMs: number): Reply {
    this.#changed = false;
    return this.#execute(command, nowMs);
  }

  /**
   * A transaction: nil when a watched key was changed or deleted since, else the replies in order. `storeRevision` is
   * the store's when the first key was watched, `revision` of a watch the key's own then, 0 if it was absent.
   */
  transaction(
    watches: readonly { readonly key: string; readonly revision: number }[],
    storeRevision: number,
    commands: readonly NaiveCommand[],
    nowMs: number,
  ): Reply {
    this.#changed = false;
    for (const { key, revision } of watches) {
      if (this.#revisionOf(key) !== revision) return null;
      const isAbsent = !this.#entries.has(key);
      if (isAbsent && (this.#changedAt.get(key) ?? 0) > storeRevision) return null;
      // A flush ends the history of deletions: nobody knows any longer which absent keys were there.
      if (isAbsent && this.#flushedAt > storeRevision) return null;
    }
    return commands.map((command) => {
      const refused = this.agreedVersion >= 2 ? this.#refuseGrowth([command]) : undefined;
      return refused ?? this.#execute(command, nowMs);
    });
  }

  /** Deletes what is due at the stamp, earliest deadline first, then by key; each takes a revision. Returns how many. */
  expireDue(stampMs: number, keysMax = Infinity): number {
    const due = this.contents().filter((entry) => (entry.deadlineMs ?? Infinity) <= stampMs);
    // Stable, so that equal deadlines stay in key order.
    due.sort((a, b) => (a.deadlineMs ?? 0) - (b.deadlineMs ?? 0));
    for (const { key } of due.slice(0, keysMax)) {
      this.#changed = false;
      this.#delete(key, 'expire');
    }
    return Math.min(due.length, keysMax);
  }

  #execute({ name, args }: NaiveCommand, nowMs: number): Reply {
    const [key = '', second = ''] = args;
    switch (name) {
      case 'GET':
        return this.#value(key);
      case 'MGET':
        return args.map((each) => this.#value(each));
      case 'EXISTS':
        return args.filter((each) => this.#entries.has(each)).length;
      case 'DBSIZE':
        return this.#entries.size;
      case 'PTTL':
        return this.#timeLeft(key, nowMs);
      case 'SET':
        return this.#set(key, second, args.slice(2), nowMs);
      case 'DEL':
        return args.filter((each) => this.#delete(each)).length;
      case 'INCRBY':
        return this.#increase(key, second);
      case 'APPEND':
        this.#put(key, (this.#value(key) ?? '') + second, this.#entries.get(key)?.deadlineMs);
        return this.#entry(key).value.length;
      case 'PEXPIRE':
        assert.equal(args.length, 2, 'conditions of PEXPIRE are not modelled');
        return this.#expireIn(key, second, nowMs);
      case 'FLUSHALL':
        return this.#flush();
      case 'kv.watch':
        return [this.#revision, ...args.map((each) => this.#revisionOf(each))];
      case 'kv.nop':
        return 0;
      case 'kv.growth':
        this.#quotaBytes = Number(key);
        this.#diskFull = second === '1';
        return OK;
      default:
        return assert.fail(`the naive store does not know ${name}`);
    }
  }

  // Reading.

  #value(key: string): string | null {
    return this.#entries.get(key)?.value ?? null;
  }

  #entry(key: string): Entry {
    const entry = this.#entries.get(key);
    assert.ok(entry, `no key ${key}`);
    return entry;
  }

  /** 0 for a key that is absent. */
  #revisionOf(key: string): number {
    return this.#entries.has(key) ? (this.#changedAt.get(key) ?? 0) : 0;
  }

  /** A key past its deadline is there until the log says otherwise. */
  #timeLeft(key: string, nowMs: number): Reply {
    if (!this.#entries.has(key)) return -2;
    const { deadlineMs } = this.#entry(key);
    return deadlineMs === undefined ? -1 : Math.max(0, deadlineMs - nowMs);
  }

  // Changing.

  #mark(key: string): void {
    if (!this.#changed) this.#revision += 1;
    this.#changed = true;
    this.#changedAt.set(key, this.#revision);
  }

  #put(key: string, value: string, deadlineMs: number | undefined): void {
    const previous = this.#entries.get(key)?.value;
    this.#mark(key);
    this.#entries.set(key, { value, deadlineMs });
    this.changes.push({ revision: this.#revision, kind: 'put', key, value, previous, deadlineMs });
  }

  #delete(key: string, kind: 'delete' | 'expire' = 'delete'): boolean {
    const previous = this.#entries.get(key)?.value;
    if (!this.#entries.delete(key)) return false;
    this.#mark(key);
    this.changes.push({
      revision: this.#revision,
      kind,
      key,
      value: '',
      previous,
      deadlineMs: undefined,
    });
    return true;
  }

  #flush(): Reply {
    if (this.#entries.size === 0) return OK;
    for (const key of this.#entries.keys()) this.#mark(key);
    this.#entries.clear();
    this.#flushedAt = this.#revision;
    const nothing = { key: '', value: '', previous: undefined, deadlineMs: undefined };
    this.changes.push({ revision: this.#revision, kind: 'clear', ...nothing });
    return OK;
  }

  #set(key: string, value: string, words: readonly string[], nowMs: number): Reply {
    const options = setOptions(words);
    if (options === undefined) return new ErrorReply(SYNTAX);
    let deadlineMs = options.keepsDeadline ? this.#entries.get(key)?.deadlineMs : undefined;
    if (options.lifetime !== undefined) {
      const amount = integer(options.lifetime);
      if (amount === undefined) return new ErrorReply(NOT_AN_INTEGER);
      const lifetimeMs = amount * options.unitMs;
      if (amount <= 0n || lifetimeMs + BigInt(nowMs) > INT64_MAX) return invalidExpireTime('set');
      deadlineMs = Number(lifetimeMs + BigInt(nowMs));
    }
    const before = this.#value(key);
    const refused = (options.onlyAbsent && before !== null) || (options.onlyPresent && before === null);
    if (!refused) this.#put(key, value, deadlineMs);
    if (options.returnsOld) return before;
    return refused ? null : OK;
  }

  #increase(key: string, by: string): Reply {
    const amount = integer(by);
    const present = integer(this.#value(key) ?? '0');
    if (amount === undefined || present === undefined) return new ErrorReply(NOT_AN_INTEGER);
    const sum = present + amount;
    if (sum > INT64_MAX || sum < INT64_MIN) return new ErrorReply(OVERFLOW);
    this.#put(key, String(sum), this.#entries.get(key)?.deadlineMs);
    return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
  }

  #expireIn(key: string, lifetime: string, nowMs: number): Reply {
    const amount = integer(lifetime);
    if (amount === undefined) return new ErrorReply(NOT_AN_INTEGER);
    const deadlineMs = amount + BigInt(nowMs);
    if (deadlineMs > INT64_MAX) return invalidExpireTime('pexpire');
    if (!this.#entries.has(key)) return 0;
    if (amount <= 0n) this.#delete(key);
    else this.#put(key, this.#entry(key).value, Number(deadlineMs));
    return 1;
  }
}

function several<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function named(code: number, args: readonly string[]): NaiveCommand {
  return { name: NAMES.get(code) ?? assert.fail(`the naive store does not know code ${code}`), args };
}

interface SetOptions {
  onlyAbsent: boolean;
  onlyPresent: boolean;
  keepsDeadline: boolean;
  returnsOld: boolean;
  lifetime: string | undefined;
  unitMs: bigint;
}

/** Undefined for words that Redis does not know or does not allow together. */
function setOptions(words: readonly string[]): SetOptions | undefined {
  const upper = words.map((word) => word.toUpperCase());
  const lifetimeAt = upper.findIndex((word) => word === 'PX' || word === 'EX');
  const flags = lifetimeAt === -1 ? upper : upper.toSpliced(lifetimeAt, 2);
  const options: SetOptions = {
    onlyAbsent: flags.includes('NX'),
    onlyPresent: flags.includes('XX'),
    keepsDeadline: flags.includes('KEEPTTL'),
    returnsOld: flags.includes('GET'),
    lifetime: lifetimeAt === -1 ? undefined : words[lifetimeAt + 1],
    unitMs: upper[lifetimeAt] === 'EX' ? 1000n : 1n,
  };
  if (flags.some((word) => !['NX', 'XX', 'KEEPTTL', 'GET'].includes(word))) return undefined;
  if (options.onlyAbsent && options.onlyPresent) return undefined;
  if (lifetimeAt !== -1 && (options.lifetime === undefined || options.keepsDeadline)) return undefined;
  return options;
}

/** A signed integer of 64 bits in Redis's strict spelling, or undefined. */
function integer(text: string): bigint | undefined {
  if (!/^(?:0|-?[1-9][0-9]{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > INT64_MAX || value < INT64_MIN ? undefined : value;
}

function invalidExpireTime(name: string): ErrorReply {
  return new ErrorReply(`ERR invalid expire time in '${name}' command`);
}

function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
