/** What a member waits for, in words. */
import type { ReplicaView } from './cluster-view.ts';

/** As many slots may be in flight in a cluster that is well. */
export const LAG_SLOTS_NOTABLE = 64;

/** Empty when it waits for nothing. */
export function waitsFor({
  voter,
  state,
  alive,
  why,
  lagSlots,
  linked,
  report,
}: Omit<ReplicaView, 'waitsFor'>): string[] {
  if (state === 'lost') return [`a replacement: ${why}`];
  if (state === 'refuses') return ['the cluster secret that this replica knows'];
  if (report === undefined) return [alive ? `an answer at its admin port: ${why}` : `a sign of life: ${why}`];
  const waits: string[] = [];
  if (report.role === 'candidate') waits.push('the votes of a quorum');
  else if (report.role === 'stranger') waits.push('a cluster that takes it in');
  else if (report.leader === undefined) waits.push('a leader');
  if (linked === false) waits.push('a link to the leader');
  if (lagSlots !== undefined && lagSlots > LAG_SLOTS_NOTABLE)
    waits.push(`${slots(lagSlots)} from the leader`);
  const unapplied = report.chosen - report.applied;
  if (unapplied > LAG_SLOTS_NOTABLE)
    waits.push(`its own processor: ${slots(unapplied)} are chosen and not applied`);
  const inFlight = report.durable - report.chosen;
  if (report.role === 'leader' && inFlight > LAG_SLOTS_NOTABLE) {
    waits.push(`a quorum to accept ${slots(inFlight)}`);
  }
  if (!voter && waits.length === 0 && lagSlots !== undefined) waits.push('a vote: it has caught up');
  if (!report.ready && waits.length === 0) waits.push(...report.unreadyReasons);
  return waits;
}

function slots(count: number): string {
  return count === 1 ? '1 slot' : `${count.toLocaleString('en')} slots`;
}
