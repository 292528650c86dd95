/**
 * Holds what watchers heard against all that the chosen commands changed, as the naive store has it: etcd's six words, one
 * after the other, over every replica that a watcher went to.
 */
import type { Slot } from '../src/paxos/ballot.ts';
import type { ChangeEvent } from '../src/watch/change-event.ts';
import { Violation } from './violation.ts';
import type { NaiveChange } from './naive-store.ts';
import type { Story } from './watchers.ts';

/** What really happened. */
export interface Truth {
  readonly changes: readonly NaiveChange[];
  revisionAt(slot: Slot): number;
}

/** What one revision did to what a watcher watches, each event as a text. */
interface Wanted {
  readonly revision: number;
  readonly events: readonly string[];
}

export class WatchChecker {
  readonly #truth: Truth;
  /** With creation revisions and versions, which the naive store does not keep. */
  readonly #events: { readonly revision: number; readonly key: string | undefined; readonly text: string }[] =
    [];

  constructor(truth: Truth) {
    this.#truth = truth;
    const created = new Map<string, { revision: number; version: number }>();
    for (const change of truth.changes) {
      const { revision, kind, key, value, previous, deadlineMs } = change;
      const known = kind === 'put' ? (created.get(key) ?? { revision, version: 0 }) : undefined;
      if (known !== undefined) {
        known.version += 1;
        created.set(key, known);
      } else if (kind === 'clear') created.clear();
      else created.delete(key);
      const text = textOf({
        kind,
        key,
        value,
        previous,
        revision,
        createRevision: known?.revision ?? 0,
        version: known?.version ?? 0,
        expiresAtMs: deadlineMs ?? 0,
      });
      this.#events.push({ revision, key: kind === 'clear' ? undefined : key, text });
    }
  }

  check(stories: readonly Story[]): void {
    for (const story of stories) this.#check(story);
  }

  #check(story: Story): void {
    const name = `watcher ${story.watcher} of ${JSON.stringify(story.key)} from ${story.from}`;
    const acknowledged = this.#truth.revisionAt(story.slotAtCall);
    if (story.from <= acknowledged) {
      throw new Violation(`WatchBegins: ${name} asked for now when ${acknowledged} was acknowledged`);
    }
    const wanted = this.#wanted(story);
    let next = 0;
    let last = story.from - 1;
    let hasResumed = false;
    for (const heard of story.heard) {
      if (heard.kind === 'resumed') hasResumed = true;
      else if (heard.kind === 'bookmark') {
        const missing = wanted[next]?.revision ?? Infinity;
        if (heard.revision >= missing) {
          throw new Violation(`WatchBookmarked: ${name} got ${heard.revision} as bookmark before ${missing}`);
        }
      } else {
        const { revision, events } = heard;
        refuseOrder(name, revision, last, wanted[next - 1]?.revision);
        refuseGap(name, revision, wanted[next]?.revision, hasResumed);
        refuseParts(name, revision, events.map(textOf), wanted[next]?.events ?? []);
        last = revision;
        next += 1;
        hasResumed = false;
      }
    }
  }

  #wanted({ key, isPrefix, from }: Story): Wanted[] {
    const wanted: { revision: number; events: string[] }[] = [];
    for (const event of this.#events) {
      const isWanted = event.key === undefined || (isPrefix ? event.key.startsWith(key) : event.key === key);
      if (event.revision < from || !isWanted) continue;
      const open = wanted.at(-1);
      if (open?.revision === event.revision) open.events.push(event.text);
      else wanted.push({ revision: event.revision, events: [event.text] });
    }
    return wanted;
  }
}

function refuseOrder(name: string, revision: number, last: number, before: number | undefined): void {
  if (revision > last) return;
  if (revision === before) throw new Violation(`WatchUnique: ${name} heard of revision ${revision} twice`);
  throw new Violation(`WatchOrdered: ${name} heard of revision ${revision} after ${last}`);
}

function refuseGap(name: string, revision: number, wanted: number | undefined, hasResumed: boolean): void {
  if (revision === wanted) return;
  if (wanted === undefined || wanted > revision) {
    throw new Violation(`WatchReliable: ${name} heard of revision ${revision}, which was not its concern`);
  }
  if (hasResumed) throw new Violation(`WatchResumable: ${name} resumed and missed revision ${wanted}`);
  throw new Violation(`WatchReliable: ${name} heard of revision ${revision} and not of ${wanted}`);
}

function refuseParts(
  name: string,
  revision: number,
  heard: readonly string[],
  wanted: readonly string[],
): void {
  if (heard.join('\n') === wanted.join('\n')) return;
  throw new Violation(
    `WatchAtomic: ${name} heard of revision ${revision} as [${heard.join('; ')}], and it was [${wanted.join('; ')}]`,
  );
}

type Told = Pick<
  ChangeEvent,
  'kind' | 'key' | 'value' | 'previous' | 'revision' | 'createRevision' | 'version' | 'expiresAtMs'
>;

function textOf(event: Told): string {
  const { kind, key, value, previous, revision, createRevision, version, expiresAtMs } = event;
  return JSON.stringify([kind, key, value, previous ?? null, revision, createRevision, version, expiresAtMs]);
}
