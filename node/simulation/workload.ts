/**
 * Clients of a run: each speaks to one replica at a time, as over a connection, waits for its answers
 * (some pipeline), and goes to another replica when its own is gone.
 */
import { INTERNAL } from '../src/kv/internal-codes.ts';
import { commandByName } from '../src/kv/commands.ts';
import { ErrorReply } from '../src/kv/reply.ts';
import { encodeTransaction } from '../src/kv/transaction.ts';
import { Failure, type Outcome, type ReplySink } from '../src/replica/door.ts';
import type { History, Operation } from './history.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import { type Call, SessionUser } from './session-user.ts';
import type { Time } from './time.ts';

export interface WorkloadOptions {
  readonly clients: number;
  readonly keys: number;
  /** Mean pause of a client between its answers and its next calls. */
  readonly thinkMeanMs: number;
  /** Calls that a client makes at once, at most. */
  readonly pipelineMax: number;
  readonly readShare: number;
  /** Share of the reads that take whatever the replica holds. */
  readonly staleShare: number;
  /** Share of the writes that go in a session. */
  readonly sessionShare: number;
  /** Share of values that are long. */
  readonly largeShare: number;
  /** No new calls after this time, once so many operations are answered. */
  readonly endMs: number;
  readonly answersMin: number;
}

export function drawWorkloadOptions(random: Random, endMs: number, answersMin: number): WorkloadOptions {
  return {
    clients: random.integer(2, 6),
    keys: random.integer(2, 8),
    thinkMeanMs: random.pick([20, 50, 150]),
    pipelineMax: random.pick([1, 1, 4]),
    readShare: random.pick([0.2, 0.5]),
    staleShare: random.pick([0, 0.2]),
    sessionShare: random.pick([0, 0.3, 0.8]),
    largeShare: random.pick([0, 0, 0.02]),
    endMs,
    answersMin,
  };
}

/** The same load for a client that changes nothing, and waits for nothing but its reads. */
export function readingOnly(options: WorkloadOptions): WorkloadOptions {
  return { ...options, readShare: 1, staleShare: 0, thinkMeanMs: 20, pipelineMax: 1 };
}

const codeOf = (name: string): number => {
  const command = commandByName(name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return command.code;
};
const CODES = {
  get: codeOf('GET'),
  set: codeOf('SET'),
  del: codeOf('DEL'),
  incrby: codeOf('INCRBY'),
  append: codeOf('APPEND'),
  mget: codeOf('MGET'),
  exists: codeOf('EXISTS'),
  pexpire: codeOf('PEXPIRE'),
  pttl: codeOf('PTTL'),
  flushall: codeOf('FLUSHALL'),
};

/** Share of clients that go elsewhere after an answer, and after an error. */
const LEAVE_SHARE = 0.01;
const LEAVE_SHARE_FAILED = 0.3;

/** Longer than a segment of the log, in some runs. */
const LARGE_VALUE_CHARS_MAX = 10_000;

export class Client implements ReplySink {
  readonly #number: number;
  readonly #random: Random;
  readonly #options: WorkloadOptions;
  readonly #time: Time;
  readonly #servers: () => readonly Machine[];
  readonly #history: History;
  /** Requests by the log of each process so far: their numbers, as the process counts them. */
  readonly #requestCounts: Map<number, number>;
  #machine: Machine | undefined;
  #process = 0;
  /** It goes to another replica before it calls again. */
  #leaves = false;
  /** It is making its calls: some may be answered at once. */
  #acts = false;
  #open = new Map<number, Operation>();
  #token = 0;
  #values = 0;
  readonly #session: SessionUser;
  /** From the last read of revisions: what a transaction may compare with. */
  #watched: { key: string; revision: number; storeRevision: number } | undefined;

  constructor(
    number: number,
    random: Random,
    options: WorkloadOptions,
    time: Time,
    servers: () => readonly Machine[],
    history: History,
    requestCounts: Map<number, number>,
  ) {
    this.#number = number;
    this.#random = random;
    this.#options = options;
    this.#time = time;
    this.#servers = servers;
    this.#history = history;
    this.#requestCounts = requestCounts;
    this.#session = new SessionUser(random.fork('session'));
  }

  start(): void {
    this.#think();
  }

  settle(token: number, outcome: Outcome): void {
    const operation = this.#open.get(token);
    if (operation === undefined) throw new Error(`AnsweredOnce: request ${token} of client ${this.#number}`);
    this.#open.delete(token);
    operation.outcome = outcome;
    operation.slotAtReturn = this.#machine?.replica?.status().applied ?? 0;
    this.#session.settled(operation, outcome);
    if (outcome instanceof Failure) {
      if (outcome.kind === 'notDone') this.#noteRefused(operation);
      else this.#history.unknown += 1;
      this.#leaves ||= this.#random.chance(LEAVE_SHARE_FAILED);
    } else {
      this.#history.answered += 1;
      this.#history.acknowledge(operation.slotAtReturn);
      this.#remember(operation, outcome);
      this.#leaves ||= this.#random.chance(LEAVE_SHARE);
    }
    if (this.#open.size === 0 && !this.#acts) this.#think();
  }

  /** What never left the process gives its number back, and those behind it do so too. */
  #noteRefused({ path, process, request }: Operation): void {
    this.#history.notDone += 1;
    const count = this.#requestCounts.get(process) ?? 0;
    if (path === 'log') this.#requestCounts.set(process, Math.min(count, request - 1));
  }

  #think(): void {
    this.#time.schedule(this.#random.exponential(this.#options.thinkMeanMs), () => {
      const { endMs, answersMin } = this.#options;
      if (this.#time.now < endMs || this.#history.answered < answersMin) this.#act();
    });
  }

  /** The connection is gone when its process is: nobody will answer what is open. */
  get #isConnected(): boolean {
    return this.#machine?.isUp === true && this.#machine.processNumber === this.#process;
  }

  #connect(): void {
    this.#open.clear();
    this.#leaves = false;
    const servers = this.#servers();
    this.#machine = servers.length === 0 ? undefined : this.#random.pick(servers);
    this.#process = this.#machine?.processNumber ?? 0;
    this.#watched = undefined;
  }

  #act(): void {
    if (!this.#isConnected || (this.#leaves && this.#open.size === 0)) this.#connect();
    const replica = this.#machine?.replica;
    if (replica === undefined || this.#open.size > 0) return this.#think();
    const calls = this.#random.integer(1, this.#options.pipelineMax);
    let wrote = false;
    this.#acts = true;
    for (let index = 0; index < calls; index += 1) {
      const reads = this.#random.chance(this.#options.readShare);
      const call = reads ? this.#drawRead(wrote) : this.#drawChange();
      // As at the doors: a read behind a write of its connection goes by the log.
      const path = reads && !wrote ? 'read' : 'log';
      if (path === 'log') wrote = true;
      if (path === 'read' && this.#mayBeStale(call)) this.#readStale(call);
      else this.#call(path, call);
    }
    this.#acts = false;
    if (this.#open.size === 0) return this.#think();
    // A client whose replica dies finds out sooner or later.
    this.#watchConnection(this.#process);
  }

  #watchConnection(process: number): void {
    this.#time.schedule(500, () => {
      if (process !== this.#process || this.#open.size === 0) return;
      if (this.#isConnected) return this.#watchConnection(process);
      this.#connect();
      this.#think();
    });
  }

  /** What will be compared at EXEC is never read like this. */
  #mayBeStale({ code }: Call): boolean {
    return code !== INTERNAL.watch && this.#random.chance(this.#options.staleShare);
  }

  #readStale({ code, args }: Call): void {
    const replica = this.#machine?.replica;
    if (replica === undefined) return;
    const request = { client: this.#number, path: 'stale', code, args, process: this.#process } as const;
    const operation = this.#history.call({ ...request, request: 0, calledAtMs: this.#time.now });
    operation.outcome = replica.readStale(code, args);
    operation.slotAtReturn = replica.staleness.slot;
    if (operation.outcome instanceof Failure) return this.#noteRefused(operation);
    this.#history.answered += 1;
    this.#history.stale += 1;
    this.#history.acknowledge(operation.slotAtReturn);
  }

  #call(path: 'log' | 'read', call: Call): void {
    const replica = this.#machine?.replica;
    if (replica === undefined) return;
    this.#token += 1;
    let request = 0;
    if (path === 'log') {
      request = (this.#requestCounts.get(this.#process) ?? 0) + 1;
      this.#requestCounts.set(this.#process, request);
    }
    const operation = this.#history.call({
      client: this.#number,
      path,
      code: call.code,
      args: call.args,
      process: this.#process,
      request,
      calledAtMs: this.#time.now,
    });
    const token = this.#token;
    this.#open.set(token, operation);
    if (path === 'read') return replica.read(call.code, call.args, this, token);
    replica.write(call.code, call.args, this, token);
    // Refused at the door, because nothing may grow: it never had its number.
    if (!this.#open.has(token) && operation.outcome instanceof ErrorReply) {
      operation.outcome = new Failure('notDone', operation.outcome.message);
      this.#history.answered -= 1;
      this.#noteRefused(operation);
    }
  }

  #drawRead(byTheLog: boolean): Call {
    const key = this.#key();
    const kind = this.#random.integer(0, byTheLog ? 4 : 3);
    if (kind === 0) return { code: CODES.mget, args: [key, this.#key()] };
    if (kind === 1) return { code: CODES.exists, args: [key] };
    if (kind === 2) return { code: INTERNAL.watch, args: [key] };
    if (kind === 4) return { code: CODES.pttl, args: [key] };
    return { code: CODES.get, args: [key] };
  }

  #drawChange(): Call {
    if (!this.#random.chance(this.#options.sessionShare)) return this.#drawWrite();
    return this.#session.draw(() => (this.#random.chance(0.1) ? this.#drawRead(false) : this.#drawWrite()));
  }

  #drawWrite(): Call {
    const key = this.#key();
    switch (this.#random.integer(0, 11)) {
      case 0:
        return { code: CODES.del, args: [key] };
      case 1:
        return { code: CODES.incrby, args: [`n${key}`, String(this.#random.integer(1, 9))] };
      case 2:
        return { code: CODES.append, args: [`a${key}`, this.#value()] };
      case 3:
        return { code: CODES.set, args: [key, this.#value(), 'PX', String(this.#random.integer(1, 3_000))] };
      case 4:
        return { code: CODES.set, args: [key, this.#value(), this.#random.pick(['NX', 'XX']), 'GET'] };
      case 5:
        return { code: CODES.pexpire, args: [key, String(this.#random.integer(0, 2_000))] };
      case 6:
      case 7:
        return this.#drawTransaction();
      case 8:
        return this.#random.chance(0.1)
          ? { code: CODES.flushall, args: [] }
          : { code: CODES.set, args: [key, this.#value(), 'KEEPTTL'] };
      default:
        return { code: CODES.set, args: [key, this.#value()] };
    }
  }

  #drawTransaction(): Call {
    const watched = this.#watched;
    this.#watched = undefined;
    const key = watched?.key ?? this.#key();
    const commands = [
      { code: CODES.incrby, args: [`n${key}`, '1'] },
      { code: CODES.set, args: [key, this.#value()] },
      { code: CODES.get, args: [this.#key()] },
    ];
    const watches = watched === undefined ? [] : [{ key, revision: watched.revision }];
    return { code: INTERNAL.exec, args: encodeTransaction(watches, watched?.storeRevision ?? 0, commands) };
  }

  #remember(operation: Operation, outcome: Outcome): void {
    if (operation.code === INTERNAL.once) this.#countOnce(outcome);
    const key = operation.args[0];
    if (operation.code !== INTERNAL.watch || !Array.isArray(outcome) || key === undefined) return;
    const [storeRevision, revision] = outcome as unknown[];
    this.#watched = { key, revision: Number(revision), storeRevision: Number(storeRevision) };
  }

  #countOnce(outcome: Outcome): void {
    if (Array.isArray(outcome)) this.#history.replayed += Number(outcome[0]);
    else if (outcome instanceof ErrorReply && outcome.message.startsWith('NOSESSION')) {
      this.#history.sessionsGone += 1;
    }
  }

  #key(): string {
    return `k${this.#random.integer(1, this.#options.keys)}`;
  }

  /** Never written twice, so that a reply tells which write it saw. */
  #value(): string {
    this.#values += 1;
    const value = `c${this.#number}.${this.#values};`;
    if (!this.#random.chance(this.#options.largeShare)) return value;
    return value.padEnd(this.#random.integer(1, LARGE_VALUE_CHARS_MAX), 'x');
  }
}
