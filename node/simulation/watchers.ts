/**
 * Watchers of a run: each watches a key or a prefix at one replica, takes what comes as fast as it feels like, asks for bookmarks,
 * and when its replica dies or it has had enough, resumes at another one behind what it has heard. What it heard is written
 * down, as one story for as long as nothing may be missing from it.
 */
import { INTERNAL } from '../src/kv/internal-codes.ts';
import type { Slot } from '../src/paxos/ballot.ts';
import { Failure, type Outcome, type ReplySink } from '../src/replica/door.ts';
import type { ChangeEvent } from '../src/watch/change-event.ts';
import type { Hub } from '../src/watch/hub.ts';
import type { Subscriber } from '../src/watch/subscriber.ts';
import { Watch, type WatchEnd } from '../src/watch/watch.ts';
import type { History } from './history.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

/** What came, in order. A bookmark is also the word with which a watch ends: "resume behind this". */
export type Heard =
  | { readonly kind: 'change'; readonly revision: number; readonly events: readonly ChangeEvent[] }
  | { readonly kind: 'bookmark'; readonly revision: number }
  | { readonly kind: 'resumed'; readonly from: number; readonly place: number };

export interface Story {
  readonly watcher: number;
  readonly key: string;
  readonly isPrefix: boolean;
  /** Everything from this revision on must be heard. */
  readonly from: number;
  /** The highest slot that anybody had an answer from when "from now on" was asked for. */
  readonly slotAtCall: Slot;
  readonly heard: Heard[];
}

export interface WatchCounts {
  events: number;
  bookmarks: number;
  resumed: number;
  compacted: number;
  slow: number;
}

const WATCHERS_MAX = 4;
const THINK_MEAN_MS = 60;
/** What a watcher does when it thinks; the rest of the time it takes what comes. */
const LEAVE_SHARE = 0.03;
const PROGRESS_SHARE = 0.4;
const ROOM_SHARE = 0.4;
/** How many changes it takes before it pauses. */
const ROOM_CHOICES = [0, 1, 3, Infinity, Infinity];

export class Watchers {
  readonly stories: Story[] = [];
  readonly counts: WatchCounts = { events: 0, bookmarks: 0, resumed: 0, compacted: 0, slow: 0 };
  readonly #watchers: Watcher[] = [];

  constructor(random: Random, servers: () => readonly Machine[], time: Time, history: History, trace: Trace) {
    const count = random.integer(1, WATCHERS_MAX);
    for (let number = 1; number <= count; number += 1) {
      const own = random.fork(`watcher ${number}`);
      this.#watchers.push(new Watcher(number, own, this, { servers, time, history, trace }));
    }
  }

  start(): void {
    for (const watcher of this.#watchers) watcher.start();
  }

  /** From now on everybody takes all that comes, and stays where it is. */
  calmDown(): void {
    for (const watcher of this.#watchers) watcher.calmDown();
  }

  /** Who has not heard of everything yet; undefined when all have. */
  get fault(): string | undefined {
    return this.#watchers.map((watcher) => watcher.fault).find((fault) => fault !== undefined);
  }
}

interface World {
  /** Members that run: where a client would be sent to. */
  readonly servers: () => readonly Machine[];
  readonly time: Time;
  readonly history: History;
  readonly trace: Trace;
}

class Watcher implements Subscriber, ReplySink {
  readonly #number: number;
  readonly #random: Random;
  readonly #all: Watchers;
  readonly #world: World;
  readonly #key: string;
  readonly #isPrefix: boolean;
  #machine: Machine | undefined;
  #hub: Hub | undefined;
  #watch: Watch | undefined;
  #story: Story | undefined;
  /** Counts the questions what "now" is: only the answer to the last one is of interest. */
  #asked = 0;
  #slotAtCall: Slot = 0;
  #room = Infinity;
  #isCalm = false;

  constructor(number: number, random: Random, all: Watchers, world: World) {
    this.#number = number;
    this.#random = random;
    this.#all = all;
    this.#world = world;
    this.#isPrefix = random.chance(0.6);
    this.#key = random.pick(this.#isPrefix ? ['', 'k', 'k1', 'n', 'nk'] : ['k1', 'k2', 'nk1']);
  }

  start(): void {
    this.#think();
  }

  calmDown(): void {
    this.#isCalm = true;
    this.#room = Infinity;
  }

  get fault(): string | undefined {
    const name = `Liveness: watcher ${this.#number} of ${JSON.stringify(this.#key)}`;
    if (this.#watch === undefined || !this.#isConnected) return `${name} has no watch`;
    const through = this.#hub?.sentThrough(this.#watch);
    const last = Math.max(...this.#world.servers().map(({ replica }) => replica?.status().revision ?? 0));
    if (through === last) {
      this.#hear({ kind: 'bookmark', revision: through });
      return undefined;
    }
    return `${name} has heard of everything up to revision ${through}, and ${last} is the last`;
  }

  // --- What the hub calls -----------------------------------------------------------------------

  get isReady(): boolean {
    return this.#room > 0;
  }

  change(_watch: Watch, revision: number, events: readonly ChangeEvent[]): void {
    this.#room -= 1;
    this.#all.counts.events += events.length;
    this.#hear({ kind: 'change', revision, events });
  }

  ended(_watch: Watch, { code, resumeFrom }: WatchEnd): void {
    this.#watch = undefined;
    if (code === 'compacted') this.#losePlace();
    else {
      if (code === 'slow') this.#all.counts.slow += 1;
      this.#hear({ kind: 'bookmark', revision: resumeFrom - 1 });
    }
  }

  flush(): void {
    this.#world.trace.text(`watcher ${this.#number} has heard ${this.#story?.heard.length}`);
  }

  // --- What it does by itself -------------------------------------------------------------------

  #think(): void {
    this.#world.time.schedule(this.#random.exponential(THINK_MEAN_MS), () => {
      this.#act();
      this.#think();
    });
  }

  /** The connection is gone when the process is. */
  get #isConnected(): boolean {
    return this.#hub !== undefined && this.#machine?.hub === this.#hub;
  }

  #act(): void {
    if (this.#machine?.process?.paused === true) return;
    if (!this.#isConnected || !this.#world.servers().some((server) => server === this.#machine)) {
      this.#connect();
      return;
    }
    if (this.#watch === undefined || (!this.#isCalm && this.#random.chance(LEAVE_SHARE))) {
      this.#connect();
      return;
    }
    if (this.#isCalm) this.#hub?.wake(this.#watch);
    else this.#feelLike(this.#watch);
  }

  #feelLike(watch: Watch): void {
    if (this.#random.chance(ROOM_SHARE)) {
      this.#room = this.#random.pick(ROOM_CHOICES);
      this.#hub?.wake(watch);
    }
    if (!this.#random.chance(PROGRESS_SHARE)) return;
    const through = this.#hub?.sentThrough(watch);
    if (through === undefined) return;
    this.#all.counts.bookmarks += 1;
    this.#hear({ kind: 'bookmark', revision: through });
  }

  #connect(): void {
    if (this.#watch !== undefined) this.#hub?.cancel(this.#watch);
    this.#watch = undefined;
    this.#asked += 1;
    const servers = this.#world.servers();
    const machine = servers.length === 0 ? undefined : this.#random.pick(servers);
    this.#machine = machine;
    this.#hub = machine?.process?.paused === true ? undefined : machine?.hub;
    if (machine === undefined || this.#hub === undefined) return;
    if (this.#story === undefined) this.#askForNow(machine);
    else this.#resume(this.#story, machine, this.#hub);
  }

  #resume(story: Story, machine: Machine, hub: Hub): void {
    const from = nextOf(story);
    const outcome = this.#create(hub, from);
    if (!(outcome instanceof Watch)) return this.#losePlace();
    this.#watch = outcome;
    this.#all.counts.resumed += 1;
    this.#hear({ kind: 'resumed', from, place: machine.place });
  }

  /** Only what is compacted may break a story off: all else would be a gap. */
  #losePlace(): void {
    this.#all.counts.compacted += 1;
    this.#story = undefined;
  }

  #askForNow(machine: Machine): void {
    this.#slotAtCall = this.#world.history.acknowledged;
    machine.replica?.read(INTERNAL.watch, [this.#key], this, this.#asked);
  }

  /** "Now" is what a linearizable read says; the watch begins in the same turn. */
  settle(token: number, outcome: Outcome): void {
    if (token !== this.#asked || outcome instanceof Failure || !this.#isConnected) return;
    const hub = this.#hub;
    const begun = hub === undefined ? undefined : this.#create(hub, undefined);
    if (!(begun instanceof Watch)) return;
    this.#watch = begun;
    const { key, isPrefix, from } = begun;
    const story = { watcher: this.#number, key, isPrefix, from, slotAtCall: this.#slotAtCall, heard: [] };
    this.#story = story;
    this.#all.stories.push(story);
  }

  #create(hub: Hub, from: number | undefined): Watch | WatchEnd {
    return hub.create(
      { key: this.#key, isPrefix: this.#isPrefix, from, previous: true, tag: this.#number },
      this,
    );
  }

  #hear(heard: Heard): void {
    this.#story?.heard.push(heard);
  }
}

/** Where a client goes on: behind the last that it has heard. */
function nextOf(story: Story): number {
  const last = story.heard.findLast(({ kind }) => kind !== 'resumed');
  return last === undefined || last.kind === 'resumed' ? story.from : last.revision + 1;
}
