/** `paxosctl watch`: prints what changes, as it changes. When the replica goes away it goes on at another one, and misses nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import { InvalidInput } from '../../src/errors.ts';
import { percentEncode } from '../../src/http/percent.ts';
import { clientDoors } from '../client-door.ts';
import type { Command, Invocation } from '../command.ts';
import { eventsOf } from '../event-stream.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import { bytesIn } from '../json-bytes.ts';
import { failureOf, jsonObject, refusalOf } from '../problem.ts';
import { bodyOf } from '../response-body.ts';

/** Between two attempts to go on, and how many in a row bring nothing new before it is given up. */
const RESUME_MS = 500;
const RESUMES_MAX = 20;
const REVISION_MAX = 10 ** 15 - 1;

/** What one connection came to. */
type Ending = { readonly kind: 'lost'; readonly reason: string } | { readonly kind: 'done' };

class Watcher {
  readonly #invocation: Invocation;
  readonly #query: string;
  /** The first revision that was not seen yet; undefined: from now on. */
  #from: number | undefined;
  #left: number;
  /** Connections in a row that brought nothing. */
  #fruitless = 0;

  constructor(invocation: Invocation, query: string, from: number | undefined, limit: number) {
    this.#invocation = invocation;
    this.#query = query;
    this.#from = from;
    this.#left = limit;
  }

  async run(): Promise<void> {
    const { output, signal } = this.#invocation;
    while (!signal.aborted) {
      const ending = await this.#connection();
      if (ending.kind === 'done' || signal.aborted) return;
      this.#fruitless += 1;
      if (this.#fruitless > RESUMES_MAX) {
        throw new CommandFailure(
          EXIT.unreachable,
          `the watch can't go on: ${ending.reason}`,
          'paxosctl status',
        );
      }
      output.note(`${ending.reason}: goes on from revision ${this.#from ?? 'now'}`);
      // An aborted pause is the normal end, and the loop's condition sees it.
      await pause(RESUME_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #connection(): Promise<Ending> {
    const { connections, signal } = this.#invocation;
    try {
      const doors = await clientDoors(connections);
      const { http } = doors[this.#fruitless % doors.length] as (typeof doors)[number];
      const from = this.#from === undefined ? '' : `&from=${this.#from}`;
      const response = await connections.open('client', http, {
        path: `/v1/watch?${this.#query}${from}`,
        signal,
      });
      const status = response.statusCode ?? 0;
      if (status !== 200) {
        const failure = failureOf(http, refusalOf(status, await bodyOf(response)));
        // "Compacted" stays so; a replica that refuses for now may be asked again, or another one.
        if (status !== 503 && status !== 504) throw failure;
        return { kind: 'lost', reason: failure.message };
      }
      for await (const { event, data } of eventsOf(response)) {
        if (this.#take(event, data)) continue;
        response.destroy();
        return { kind: 'done' };
      }
      return { kind: 'lost', reason: `${http} ended the watch` };
    } catch (error) {
      if (signal.aborted) return { kind: 'done' };
      if (error instanceof CommandFailure && error.exitCode !== EXIT.unreachable) throw error;
      return { kind: 'lost', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** False when enough has been seen. Throws `CommandFailure` when the watch can never go on. */
  #take(event: string, data: string): boolean {
    const { output } = this.#invocation;
    const record = jsonObject(Buffer.from(data, 'utf8')) ?? {};
    const revision = Number(record['revision'] ?? 0);
    switch (event) {
      case 'created':
        this.#from = Number(record['from']);
        return true;
      case 'bookmark':
        this.#from = revision + 1;
        return true;
      case 'change':
        this.#from = revision + 1;
        this.#fruitless = 0;
        output.row(record, changeText(revision, record['events']));
        this.#left -= 1;
        return this.#left > 0;
      case 'ended':
        if (record['code'] === 'compacted') {
          throw new CommandFailure(
            EXIT.no,
            `the changes from revision ${this.#from} on are not known any more: ${String(record['detail'])}`,
            `read what you need, then watch --from ${String(record['resumeFrom'])}`,
          );
        }
        return true;
      default:
        return true;
    }
  }
}

export const WATCH: Command = {
  name: 'watch',
  operands: [{ name: 'KEY' }],
  summary: 'prints the changes of a key, or of all keys with a prefix, as they happen',
  notes:
    'Goes on at another replica when one goes away, from where it was. Ends with Ctrl-C, or after --limit changes.',
  options: [
    { name: 'prefix', help: 'KEY is a prefix; "" is every key' },
    { name: 'from', value: 'REVISION', help: 'begin with this revision (default: from now on)' },
    { name: 'limit', value: 'N', help: 'end after so many changes' },
    { name: 'prev', help: 'tell what each key held before' },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { operands, line } = invocation;
    const [key = ''] = operands;
    if (key === '' && !line.has('prefix'))
      throw new InvalidInput('KEY', key, 'must not be empty without --prefix');
    const name = line.has('prefix') ? 'prefix' : 'key';
    const query = `${name}=${percentEncode(Buffer.from(key, 'utf8').latin1Slice())}${line.has('prev') ? '&prev=true' : ''}`;
    const from = line.has('from') ? line.integer('from', 1, REVISION_MAX) : undefined;
    const limit = line.has('limit') ? line.integer('limit', 1, REVISION_MAX) : Number.POSITIVE_INFINITY;
    await new Watcher(invocation, query, from, limit).run();
    return EXIT.ok;
  },
};

function changeText(revision: number, events: unknown): string {
  const list = Array.isArray(events) ? (events as Readonly<Record<string, unknown>>[]) : [];
  return list.map((event) => `${revision} ${eventText(event)}`).join('\n');
}

function eventText(event: Readonly<Record<string, unknown>>): string {
  const text = (name: string): string => JSON.stringify(bytesIn(event, name)?.toString('utf8') ?? null);
  const previous = 'previous' in event ? ` (before: ${text('previous')})` : '';
  if (event['type'] === 'clear') return 'clear';
  if (event['type'] === 'put') return `put ${text('key')} ${text('value')}${previous}`;
  return `${String(event['type'])} ${text('key')}${previous}`;
}
