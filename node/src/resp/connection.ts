/**
 * One client: bytes in, requests out to the replica, answers back in the order of the requests.
 *
 *     socket ─► parser ─► take ─┬─► answered here ────────────┐
 *       ▲ paused while stalled  ├─► door.read  ─┐             ├─► ReplyOrder ─► one write per turn
 *                               └─► door.write ─┴─ settle ────┘
 *
 * Reads and writes overtake each other inside the replica: `ProgramOrder` keeps them apart.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { Secret } from '../auth/secret.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import type { Command } from '../kv/command.ts';
import { ErrorReply, OK, Status } from '../kv/reply.ts';
import type { CutReason } from '../observe/events.ts';
import type { Outcome, ReplySink } from '../replica/door.ts';
import { type Allowed, Allowance } from './allowance.ts';
import { type Answer, NO_REPLY } from './answer.ts';
import type { Client } from './client.ts';
import { type CommandEntry, commandEntry } from './command-table.ts';
import type { Caller } from './connection-commands/connection-command.ts';
import type { Submit } from './exactly-once.ts';
import { refusalOf } from './command-refusal.ts';
import { Farewell } from './farewell.ts';
import { heldBytesMax, outstandingRequestsMax, unsentBytesMax } from './limits.ts';
import { RequestParser } from './parser.ts';
import { ProgramOrder } from './program-order.ts';
import { Relief } from './relief.ts';
import { type PendingReply, ReplyOrder, type Route } from './reply-order.ts';
import { writeReplies } from './reply-writer.ts';
import type { ClientHandle, Service } from './service.ts';
import { Transaction } from './transaction.ts';
import { isHttp, unknownCommand } from './unknown-command.ts';

const QUEUED = new Status('QUEUED');

export class Connection implements ReplySink, ClientHandle, Caller, Allowed {
  readonly client: Client;
  readonly service: Service;
  readonly farewell = new Farewell();
  readonly #socket: Socket;
  /** Calls `connection.work()` once at the end of the turn. */
  readonly #schedule: (connection: Connection) => void;
  readonly #parser = new RequestParser();
  readonly #replies = new ReplyOrder();
  readonly #transaction = new Transaction();
  readonly #allowance: Allowance;
  readonly #relief: Relief;
  readonly #order = new ProgramOrder();
  /** The parser holds a request that could not be taken yet. */
  #held = false;
  /** Requests are left that must wait; nothing more is read from the socket meanwhile. */
  #stalled = false;
  /** Nothing is taken until every answer is out. */
  #barrier = false;
  #working = false;
  #scheduled = false;
  #inputEnded = false;
  /** No request is taken any more; the socket ends when the last answer is out. */
  #ending = false;
  #closed = false;
  /** Monotonic, taken once per chunk. */
  #nowMs = 0;
  readonly originMs = (token: number): number => this.#replies.at(token).arrivedMs;

  constructor(socket: Socket, client: Client, service: Service, schedule: (connection: Connection) => void) {
    this.#socket = socket;
    this.client = client;
    this.service = service;
    this.#schedule = schedule;
    this.#allowance = new Allowance(this, service.memory);
    this.#relief = new Relief(service.door, () => this.#workLater());
    if (service.passwords !== undefined) service.unauthenticated.bar(this, this.#parser);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.work());
    socket.on('end', () => {
      this.#inputEnded = true;
      this.work();
    });
    // A client that goes away without a word is its own affair: 'close' follows, and that is all we do about it.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#ending = true;
      this.#allowance.end();
    });
  }

  kill(): void {
    this.#ending = true;
    this.#closed = true;
    this.#socket.destroy();
  }

  cut(reason: CutReason, why?: string): void {
    const { observer } = this.service;
    const text = `closing ${this.client.remoteAddress}: ${why}`;
    if (why !== undefined) observer?.({ kind: 'notice', name: 'closing-client', text });
    observer?.({ kind: 'clientCut', reason });
    this.kill();
  }

  endAfterReplies(): void {
    this.#ending = true;
  }

  /** Stops reading, answers what was taken, then closes. */
  drain(): void {
    this.#ending = true;
    this.work();
  }

  /** To be called every `lingerMs` when the farewell has begun. */
  endIfIdle(): void {
    if (this.farewell.isOver(this.#replies.length === 0)) this.drain();
  }

  reset(): void {
    this.#transaction.reset();
    this.client.reset();
    if (this.service.passwords !== undefined) this.service.unauthenticated.bar(this, this.#parser);
  }

  admit(password: Secret | undefined): void {
    this.service.unauthenticated.admit(this, this.#parser, password);
  }

  settle(token: number, outcome: Outcome): void {
    const reply = this.#replies.at(token);
    assert(!reply.done, 'reply order: a token is settled once');
    this.#order.settled(reply);
    this.#replies.settle(reply, reply.finish === undefined ? outcome : reply.finish(outcome));
    // Inside of `work` the answer is seen anyway; elsewhere the replica is busy, and must not be called back.
    if (!this.#working) this.#workLater();
  }

  /** Takes what can be taken, and sends what can be sent. */
  work(): void {
    this.#scheduled = false;
    if (this.#closed || this.#working) return;
    this.#working = true;
    do {
      this.#takeAll();
      this.#send();
    } while (this.#stalled && !this.#ending && this.#stallIsOver());
    this.#working = false;
    this.#accountMemory();
    if (this.#stalled && !this.#ending) return;
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #workLater(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#schedule(this);
  }

  #receive(chunk: Buffer): void {
    // After QUIT or a protocol error the rest is thrown away, so that the client's end can arrive.
    if (this.#ending) return;
    this.#nowMs = performance.now();
    this.client.lastRequestAtMs = this.service.clock();
    this.#parser.feed(chunk);
    this.#allowance.received(chunk.length);
    if (!this.#stalled) return this.work();
    this.#socket.pause();
    this.#accountMemory();
  }

  #accountMemory(): void {
    if (this.#closed) return;
    // Of what the socket holds only that which is worth a word when it drains.
    const unsent = this.#socket.writableNeedDrain ? this.#socket.writableLength : 0;
    const held = this.#parser.heldBytes + this.#transaction.bytes + this.#replies.heldBytes;
    this.#allowance.account(held + unsent);
  }

  #takeAll(): void {
    this.#stalled = false;
    this.#allowance.beginTaking();
    while (!this.#ending) {
      if (this.#mustWait()) {
        this.#stalled = true;
        return;
      }
      if (!this.#held) {
        const parsed = this.#parser.next();
        if (parsed === 'more') {
          if (this.#inputEnded) this.#ending = true;
          else this.#stalled = !this.#allowance.mayArrive(this.#parser.requestBytes);
          return;
        }
        this.#allowance.arrived();
        this.farewell.heard();
        if (parsed === 'error') {
          this.#answer('', new ErrorReply(`ERR Protocol error: ${this.#parser.error}`));
          this.#ending = true;
          return;
        }
      }
      this.#held = !this.#take(this.#parser.name, this.#parser.args);
      if (this.#held) {
        this.#stalled = true;
        return;
      }
    }
  }

  /** Why nothing can be taken, whatever it is: the window, a slow reader, a full replica, a barrier, others' turn. */
  #mustWait(): boolean {
    if (this.#allowance.isUsedUp) return true;
    if (this.#replies.length >= outstandingRequestsMax) return true;
    if (this.#order.isFull) return true;
    if (this.#socket.writableLength > unsentBytesMax) return true;
    if (this.#barrier) {
      if (this.#replies.length > 0) return true;
      this.#barrier = false;
    }
    return !this.#relief.isThere;
  }

  /** Whether sending has made room for what stalled: else a settlement, a drain or relief will. */
  #stallIsOver(): boolean {
    if (this.#mustWait()) return false;
    return !this.#held || !this.#order.mustWait(commandEntry(this.#parser.name), this.#transaction.open);
  }

  /** Handles one request; false when it has to wait, and is to be offered again. */
  #take(name: string, args: string[]): boolean {
    const entry = commandEntry(name);
    if (entry === undefined) return this.#refuseUnknown(name, args);
    const refused = refusalOf(entry, args, this.client.authenticated);
    if (refused !== undefined) return this.#refuseCommand(entry, refused);
    if (this.#order.mustWait(entry, this.#transaction.open)) return false;
    this.service.statistics.commandsProcessed += 1;
    this.client.lastCommand = entry.name;
    if (this.service.mode === 'cluster' && entry.keys.first > 0) {
      const { topology } = this.service;
      const redirection = topology.redirection(entry, args, this.client.readOnly, this.#nowMs);
      if (redirection !== undefined) return this.#refuse(entry.name, redirection);
    }
    if (entry.submit !== undefined) return this.#submit(entry, entry.submit, args);
    if (this.#transaction.open && !entry.unqueued) return this.#queue(entry, args);
    if (entry.data !== undefined) this.#execute(entry.name, entry.data, args);
    else if (entry.run === undefined) this.#transact(entry, args);
    else this.#run(entry, entry.run, args);
    return true;
  }

  #execute(name: string, { access, code, walk }: Command, args: readonly string[]): void {
    const asRead = access === 'read' && !this.#order.hasWrites;
    // What takes many turns can't be answered at once.
    if (asRead && this.client.readOnly && walk === undefined) {
      this.#answer(name, this.service.door.readStale(code, args));
      this.#allowance.answeredItself();
    } else if (asRead) {
      const { token } = this.#open(name, 'read');
      this.service.door.read(code, args, this, token);
    } else {
      const { token } = this.#open(name, 'write');
      this.service.door.write(code, args, this, token);
    }
  }

  /** Sends what stands for the request to the log. */
  #submit(entry: CommandEntry, submit: Submit, args: readonly string[]): boolean {
    const submission = submit(args, { caller: this, transaction: this.#transaction, find: commandEntry });
    if (submission instanceof ErrorReply) return this.#refuse(entry.name, submission);
    if (Array.isArray(submission)) this.#answer(entry.name, submission);
    else {
      this.#barrier = submission.local;
      const reply = this.#open(entry.name, 'write');
      reply.finish = submission.finish;
      this.service.door.write(submission.code, submission.args, this, reply.token);
    }
    this.#count();
    return true;
  }

  #run(entry: CommandEntry, run: NonNullable<CommandEntry['run']>, args: readonly string[]): void {
    // Run first: HELLO and CLIENT REPLY are answered in the mode that they switch to.
    const answer = run(this, args);
    if (answer !== NO_REPLY) this.#answer(entry.name, answer);
    this.#count();
    this.#allowance.answeredItself();
  }

  #queue(entry: CommandEntry, args: readonly string[]): boolean {
    const refused = entry.refuse?.(args) ?? this.#transaction.queue(entry, args, this.#parser.bytes);
    if (refused !== undefined) return this.#refuse(entry.name, refused);
    this.#allowance.queued();
    this.#answer(entry.name, QUEUED);
    this.#count();
    return true;
  }

  #transact(entry: CommandEntry, args: readonly string[]): void {
    switch (entry.transaction) {
      case 'multi':
        this.#answer(entry.name, this.#transaction.begin());
        break;
      case 'discard':
        this.#answer(entry.name, this.#transaction.discard());
        break;
      case 'watch':
        this.#watch(args);
        break;
      case 'exec':
        this.#exec();
        break;
      default:
        this.#transaction.unwatch();
        this.#answer(entry.name, OK);
    }
    this.#count();
  }

  #watch(keys: readonly string[]): void {
    const { bytes } = this.#parser;
    const refused = this.#transaction.refuseWatch(keys.length, bytes);
    if (refused !== undefined) return this.#answer('watch', refused);
    const reply = this.#open('watch', this.#order.hasWrites ? 'write' : 'read');
    this.#order.watches += 1;
    reply.finish = (outcome) => {
      this.#order.watches -= 1;
      const answer = this.#transaction.watched(keys, bytes, outcome);
      this.#count();
      return answer;
    };
    if (reply.route === 'read') this.service.door.read(INTERNAL.watch, keys, this, reply.token);
    else this.service.door.write(INTERNAL.watch, keys, this, reply.token);
  }

  #exec(): void {
    const execution = this.#transaction.take(this);
    if (execution instanceof ErrorReply) return this.#answer('exec', execution);
    if (execution.args === undefined) {
      const reply = this.#open('exec', 'door');
      this.#replies.settle(reply, execution.finish([]));
      return;
    }
    // The connection's own commands in it run when the outcome is known: what follows must come after them.
    this.#barrier = execution.local;
    const reply = this.#open('exec', 'write');
    reply.finish = execution.finish;
    this.service.door.write(INTERNAL.exec, execution.args, this, reply.token);
  }

  /** Answers with an error that also keeps an open transaction from being executed. */
  #refuse(name: string, error: ErrorReply): true {
    this.#transaction.spoil();
    this.#answer(name, error);
    return true;
  }

  /** EXEC takes its transaction with it, whatever it is refused for. */
  #refuseCommand(entry: CommandEntry, error: ErrorReply): true {
    return this.#refuse(entry.name, entry.transaction === 'exec' ? this.#transaction.abort(error) : error);
  }

  #refuseUnknown(name: string, args: readonly string[]): boolean {
    if (isHttp(name)) {
      this.kill();
      return true;
    }
    return this.#refuse('unknown', unknownCommand(name, args));
  }

  #answer(name: string, answer: Answer): void {
    this.#replies.settle(this.#open(name, 'door'), answer);
  }

  #open(name: string, route: Route): PendingReply {
    const reply = this.#replies.open(name, route, this.client.protocol, this.#nowMs);
    reply.silent = this.client.replyMode !== 'on';
    if (this.client.replyMode === 'skipNext') this.client.replyMode = 'on';
    if (route === 'door') return reply;
    reply.bytes = this.#parser.bytes;
    this.#order.opened(reply);
    return reply;
  }

  #send(): void {
    if (this.#closed || this.farewell.holdsBack(() => this.work())) return;
    if (writeReplies(this.#socket, this.#replies, this.service.observer)) return this.#workLater();
    if (this.#replies.ready() !== undefined && this.#replies.heldBytes > heldBytesMax) {
      this.cut('unread-answers', 'it does not read its answers');
    } else if (this.#replies.length === 0) {
      if (this.farewell.isSaid && !this.#stalled && !this.#transaction.open) this.#ending = true;
      if (this.#ending) this.#socket.destroySoon();
    }
  }

  /** Keeps what CLIENT LIST shows of the transaction. */
  #count(): void {
    this.client.queuedCommands = this.#transaction.queuedCommands;
    this.client.watchedKeys = this.#transaction.watchedKeys;
  }
}
