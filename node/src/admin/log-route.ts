/**
 * `GET /v1/log?from=&limit=`: which value this replica's log holds for each slot, without the values themselves. For
 * comparing replicas slot by slot.
 */
import type { Express, Response } from 'express';
import { valueSummary } from '../codec/value-checksum.ts';
import { sendJson } from '../http/answers.ts';
import { sendProblem } from '../http/problem.ts';
import { integerParameter, parseQuery, splitTarget } from '../http/query.ts';
import { onlyMethods } from '../http/routes.ts';
import { ballotText, type Slot } from '../paxos/ballot.ts';
import type { Entry } from '../paxos/entry.ts';
import type { ReplicaDoor } from '../replica/door.ts';

/** The log, as far as this port needs it: see `Log` in `storage/log.ts`. */
export interface ReadableLog {
  /** The lowest slot that the log still holds; 0 when it holds none. */
  readonly firstSlot: Slot;
  read(
    from: Slot,
    through: Slot,
    bytesMax: number,
    done: (error: Error | undefined, entries: readonly Entry[]) => void,
  ): void;
}

/** A line of JSON for each: an answer stays below 200 KiB. */
const ENTRIES_MAX = 1_000;
/** Read from disk for one answer: one piece of a catch-up. */
const READ_BYTES_MAX = 1024 * 1024;
/** As many digits as a parameter has at most: far above any slot. */
const SLOT_MAX = 10 ** 15 - 1;

export function addLogRoute(routes: Express, log: ReadableLog, door: Pick<ReplicaDoor, 'status'>): void {
  routes
    .route('/v1/log')
    .get((request, response) => {
      const parameters = parseQuery(splitTarget(request.url).query, ['from', 'limit']);
      const from = integerParameter(parameters, 'from', 1, SLOT_MAX, Math.max(1, log.firstSlot));
      const limit = integerParameter(parameters, 'limit', 1, ENTRIES_MAX, 100);
      const { chosen, durable } = door.status();
      // What is chosen need not be on this disk yet.
      const end = Math.min(chosen, durable);
      const answer = (entries: readonly Entry[]): void => {
        const next = from + entries.length;
        sendJson(response, 200, {
          chosen,
          firstSlot: log.firstSlot,
          entries: entries.map((entry) => ({
            slot: entry.slot,
            ballot: ballotText(entry.ballot),
            ...valueSummary(entry),
          })),
          next: next <= end ? next : null,
        });
      };
      if (from > end) return answer([]);
      if (log.firstSlot === 0 || from < log.firstSlot) return sendNotHeld(response, from, log.firstSlot);
      log.read(from, Math.min(end, from + limit - 1), READ_BYTES_MAX, (error, entries) => {
        if (error === undefined) answer(entries);
        else if (from < log.firstSlot) sendNotHeld(response, from, log.firstSlot);
        else sendUnreadable(response, error);
      });
    })
    .all(onlyMethods('GET', 'HEAD'));
}

/** Older slots went away when a snapshot had them. */
function sendNotHeld(response: Response, from: Slot, firstSlot: Slot): void {
  sendProblem(response, {
    status: 410,
    name: 'not-held',
    title: 'Not in the log any more',
    detail: `the log holds slots from ${firstSlot} on, not slot ${from}: a snapshot holds what lies before`,
    more: { firstSlot },
  });
}

function sendUnreadable(response: Response, error: Error): void {
  const detail = `the log can't be read: ${error.message}`;
  sendProblem(response, { status: 500, name: 'log-unreadable', title: 'Log unreadable', detail });
}
