/**
 * Whether this replica should get clients. It speaks of this replica alone: an election makes nobody
 * unready, since requests wait for the new leader here as well as anywhere.
 */
import type { Slot } from '../paxos/ballot.ts';
import type { Belonging } from './fellowship.ts';
import { BEHIND_MS, BEHIND_SLOTS_MAX } from './limits.ts';

export class Readiness {
  /** Level with a leader once since the start; never taken back. */
  #wasLevel = false;
  #levelAtMs = 0;

  /**
   * True when it is level with its leader for the first time. `lastHeard` is 0 until a leader has been
   * heard of, this replica itself included.
   */
  note(nowMs: number, applied: Slot, lastHeard: Slot): boolean {
    if (lastHeard - applied <= BEHIND_SLOTS_MAX) this.#levelAtMs = nowMs;
    if (this.#wasLevel || lastHeard === 0 || applied < lastHeard) return false;
    this.#wasLevel = true;
    return true;
  }

  /** Whether it has been level with a leader since the start. */
  get wasLevel(): boolean {
    return this.#wasLevel;
  }

  reasons(nowMs: number, belonging: Belonging): string[] {
    if (belonging === 'stranger') return ['it belongs to no cluster: it waits until a member adds it'];
    if (belonging === 'newcomer') return ['it is no member of its cluster yet, as far as it has caught up'];
    const reasons: string[] = [];
    if (!this.#wasLevel) reasons.push('it has not caught up with a leader since it started');
    if (nowMs - this.#levelAtMs > BEHIND_MS) reasons.push(`it is more than ${BEHIND_SLOTS_MAX} slots behind`);
    return reasons;
  }
}
