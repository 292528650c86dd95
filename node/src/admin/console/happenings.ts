/** What has happened at this replica lately, in words: the last of what an operator would want to know. */
import { replicaText } from '../../paxos/ballot.ts';
import type { ReplicaEvent } from '../../observe/events.ts';

/** What fits on a screen or two; a frame carries all of them. */
const HAPPENINGS_MAX = 40;
/** A sentence may quote what a stranger or a system has said. */
const CHARACTERS_MAX = 240;

export interface Happening {
  /** By this machine's clock, in milliseconds since 1970. */
  readonly atMs: number;
  readonly text: string;
}

export class Happenings {
  readonly #clockMs: () => number;
  readonly #latest: Happening[] = [];

  constructor(clockMs: () => number) {
    this.#clockMs = clockMs;
  }

  /** Oldest first. */
  get latest(): readonly Happening[] {
    return this.#latest;
  }

  /** Pass it to the replica as (one of) its observers. */
  readonly observe = (event: ReplicaEvent): void => {
    const text = wordsFor(event);
    if (text === undefined) return;
    this.#latest.push({ atMs: this.#clockMs(), text: shortened(text) });
    if (this.#latest.length > HAPPENINGS_MAX) this.#latest.shift();
  };
}

/** Undefined for what happens all the time. */
function wordsFor(event: ReplicaEvent): string | undefined {
  switch (event.kind) {
    case 'leaderChanged':
      return event.leader === undefined
        ? `knows no leader; the last ballot had round ${event.ballot.round}`
        : `knows ${replicaText(event.leader)} as the leader, in round ${event.ballot.round}`;
    case 'linkUp':
      return `is linked to ${replicaText(event.peer)}`;
    case 'linkDown':
      return `has lost the link to ${replicaText(event.peer)}: ${event.reason}`;
    case 'refusedLink':
      return `refused a link: ${event.reason}`;
    case 'caughtUp':
      return `caught up to slot ${event.slot}: it had missed ${event.slots === 1 ? 'one' : event.slots}`;
    case 'snapshotTaken':
      return `took a snapshot of slot ${event.slot}: ${sizeText(event.bytes)} in ${secondsText(event.durationMs)}`;
    case 'snapshotInstalled':
      return `took over a snapshot of slot ${event.slot}: ${sizeText(event.bytes)} in ${secondsText(event.durationMs)}`;
    case 'retired':
      return `ends for good: ${event.reason}`;
    case 'notice':
      return `says: ${event.text}`;
    default:
      return undefined;
  }
}

function shortened(text: string): string {
  return text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX - 1)}…`;
}

function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}

function secondsText(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
