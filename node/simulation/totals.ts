/** What happened in many runs together: each kind of fault, and how long it all was. */
import type { RunResult } from './run.ts';

export class Totals {
  readonly #counts = new Map<string, number>();
  runs = 0;

  add(result: RunResult): void {
    this.runs += 1;
    const { faults, network, operator } = result;
    const all = {
      ...faults,
      ...operator,
      'replica that ended for good': result.retirements,
      'run with leases': result.lease ? 1 : 0,
      'process ended by its disk': result.deaths,
      'snapshot taken': result.snapshotsTaken,
      'snapshot taken over': result.snapshotsInstalled,
      'frame lost': network.lost,
      'frame twice': network.duplicated,
      'frame overtaken': network.overtaken,
      'frame held': network.held,
      'frame refused': network.refused,
      'link down': network.linksDown,
      'change of leader': result.leaderChanges,
      answer: result.answered,
      'not done': result.notDone,
      unknown: result.unknown,
      'watch event': result.watched.events,
      bookmark: result.watched.bookmarks,
      'watch resumed elsewhere': result.watched.resumed,
      'watch compacted': result.watched.compacted,
      'watcher too slow': result.watched.slow,
      'stale read': result.stale,
      'answer given again': result.replayed,
      'session gone': result.sessionsGone,
      slot: result.slots,
      'virtual second': Math.floor(result.virtualMs / 1_000),
    };
    for (const [kind, count] of Object.entries(all)) {
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
    }
  }

  /** What should happen and never did. */
  get missing(): string[] {
    return [...this.#counts].filter(([, count]) => count === 0).map(([kind]) => kind);
  }

  get text(): string {
    return [...this.#counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  }
}
