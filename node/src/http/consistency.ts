/** Reads, linearizable unless the client has asked for whatever this replica holds by now. */
import type { ServerResponse } from 'node:http';
import type { Answered, Calls } from './calls.ts';

/** A stale answer says in its headers how old it may be. */
export function read(
  calls: Calls,
  stale: boolean,
  response: ServerResponse,
  code: number,
  args: readonly string[],
  answered: Answered,
): void {
  if (!stale) {
    calls.read(code, args, answered);
    return;
  }
  calls.readStale(code, args, (outcome, { slot, ageMs }) => {
    response.setHeader('PaxosKV-Slot', String(slot));
    response.setHeader('PaxosKV-Age-Ms', String(ageMs));
    answered(outcome);
  });
}
