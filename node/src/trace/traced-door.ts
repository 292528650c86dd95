/**
 * The replica as its doors call it while requests are traced. Of a request that is sampled it notes when it came, when it was
 * handed over and when it was answered, and finds out afterwards, from the slot that it was answered in, when that slot
 * got how far. So the driver knows nothing of traces, and requests that are not sampled cost one draw.
 */
import { commandByCode } from '../kv/commands.ts';
import { ErrorReply } from '../kv/reply.ts';
import type { Paxos } from '../paxos/paxos.ts';
import {
  Failure,
  type Outcome,
  type ReplicaDoor,
  type ReplicaStatus,
  type ReplySink,
  type Staleness,
} from '../replica/door.ts';
import { SlotTimes } from './slot-times.ts';

/** A request from its arrival to its answer. Times are those of `performance.now()`; what is undefined did not happen or is not known. */
export interface RequestStory {
  readonly command: string;
  readonly kind: 'read' | 'write';
  /** As the client sent it; undefined: the trace begins here. */
  readonly traceparent: string | undefined;
  readonly outcome: 'ok' | 'error' | 'notDone' | 'unknown';
  readonly role: ReplicaStatus['role'];
  readonly ballot: ReplicaStatus['ballot'];
  /** The slot that it was answered at. */
  readonly slot: number;
  readonly arrivedMs: number;
  readonly handedOverMs: number;
  readonly acceptedMs: number | undefined;
  readonly durableMs: number | undefined;
  readonly chosenMs: number | undefined;
  readonly answeredMs: number;
}

export interface TracingOptions {
  /** Whether a request is traced, by what its client says of it. */
  readonly isSampled: (traceparent: string | undefined) => boolean;
  readonly tell: (story: RequestStory) => void;
  readonly nowMs: () => number;
}

/** Requests under way that are traced, 200 bytes each: over it, new ones are not. */
const TRACED_MAX = 1_000;
/** A leader answers when a quorum has it, and its own disk may be the last: so long its story waits for it. */
const DURABLE_WAIT_MS = 1_000;

interface Request {
  readonly code: number;
  readonly kind: 'read' | 'write';
  readonly sink: ReplySink;
  readonly token: number;
  readonly traceparent: string | undefined;
  readonly arrivedMs: number;
  readonly handedOverMs: number;
}

/** What stands between a replica and its doors. */
export class Tracing implements ReplySink {
  readonly #options: TracingOptions;
  readonly #times = new SlotTimes();
  readonly #requests = new Map<number, Request>();
  #unfinished: RequestStory[] = [];
  #lastToken = 0;
  #door: ReplicaDoor | undefined;

  constructor(options: TracingOptions) {
    this.#options = options;
  }

  /** Requests under way that are traced, and those whose stories are not told yet. */
  get held(): number {
    return this.#requests.size + this.#unfinished.length;
  }

  /** For `ReplicaOptions.probe`. */
  readonly probe = ({ acceptor, chosen }: Pick<Paxos, 'acceptor' | 'chosen'>): void => {
    const nowMs = this.#options.nowMs();
    this.#times.note({ accepted: acceptor.window.last, durable: acceptor.durable, chosen }, nowMs);
    if (this.#unfinished.length > 0) this.#finish(nowMs);
  };

  /** `door` itself answers; what it is asked is traced. */
  around(door: ReplicaDoor): ReplicaDoor {
    this.#door = door;
    return new TracedDoor(door, this);
  }

  /** Takes the place of the sink and the token of a request that is to be traced; undefined for one that is not. */
  begin(kind: 'read' | 'write', code: number, sink: ReplySink, token: number): number | undefined {
    const traceparent = sink.traceparent?.(token);
    if (this.held >= TRACED_MAX || !this.#options.isSampled(traceparent)) return undefined;
    const handedOverMs = this.#options.nowMs();
    const arrivedMs = Math.min(sink.originMs?.(token) ?? handedOverMs, handedOverMs);
    this.#lastToken += 1;
    this.#requests.set(this.#lastToken, { code, kind, sink, token, traceparent, arrivedMs, handedOverMs });
    return this.#lastToken;
  }

  settle(token: number, outcome: Outcome): void {
    const request = this.#requests.get(token);
    if (request === undefined || this.#door === undefined)
      throw new Error('settled-once: the replica answers each request once');
    this.#requests.delete(token);
    const { role, applied: slot, ballot } = this.#door.status();
    const story = {
      command: commandByCode(request.code)?.name ?? String(request.code),
      kind: request.kind,
      traceparent: request.traceparent,
      outcome: outcomeOf(outcome),
      role,
      ballot,
      slot,
      arrivedMs: request.arrivedMs,
      handedOverMs: request.handedOverMs,
      answeredMs: this.#options.nowMs(),
    };
    this.#unfinished.push(this.#withTimes(story));
    request.sink.settle(request.token, outcome);
  }

  #withTimes(story: Omit<RequestStory, 'acceptedMs' | 'durableMs' | 'chosenMs'>): RequestStory {
    // What failed has no slot, and a read shares the one that it was made safe for with whoever wrote it.
    const acceptedMs = this.#times.at('accepted', story.slot) ?? 0;
    const settled = story.outcome === 'ok' || story.outcome === 'error';
    // What the replica refuses by itself is answered at a slot that was there before.
    const hasSlot = story.kind === 'write' && settled && acceptedMs >= story.handedOverMs;
    return {
      ...story,
      acceptedMs: hasSlot ? acceptedMs : undefined,
      durableMs: hasSlot ? this.#times.at('durable', story.slot) : undefined,
      chosenMs: hasSlot ? this.#times.at('chosen', story.slot) : undefined,
    };
  }

  /** Tells the stories that are whole, or have waited long enough. */
  #finish(nowMs: number): void {
    const unfinished = this.#unfinished;
    this.#unfinished = [];
    for (const each of unfinished) {
      const story = this.#withTimes(each);
      const waits = story.acceptedMs !== undefined && story.durableMs === undefined;
      if (waits && nowMs - story.answeredMs < DURABLE_WAIT_MS) this.#unfinished.push(story);
      else this.#options.tell(story);
    }
  }
}

/** Passes everything on; sampled requests by way of the tracing. */
class TracedDoor implements ReplicaDoor {
  readonly #door: ReplicaDoor;
  readonly #tracing: Tracing;

  constructor(door: ReplicaDoor, tracing: Tracing) {
    this.#door = door;
    this.#tracing = tracing;
  }

  write(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    const traced = this.#tracing.begin('write', code, sink, token);
    if (traced === undefined) this.#door.write(code, args, sink, token);
    else this.#door.write(code, args, this.#tracing, traced);
  }

  read(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    const traced = this.#tracing.begin('read', code, sink, token);
    if (traced === undefined) this.#door.read(code, args, sink, token);
    else this.#door.read(code, args, this.#tracing, traced);
  }

  readStale(code: number, args: readonly string[]): Outcome {
    return this.#door.readStale(code, args);
  }

  get staleness(): Staleness {
    return this.#door.staleness;
  }

  get congested(): boolean {
    return this.#door.congested;
  }

  whenRelieved(wake: () => void): void {
    this.#door.whenRelieved(wake);
  }

  status(): ReplicaStatus {
    return this.#door.status();
  }
}

function outcomeOf(outcome: Outcome): RequestStory['outcome'] {
  if (outcome instanceof Failure) return outcome.kind;
  return outcome instanceof ErrorReply ? 'error' : 'ok';
}
