/** `POST /v1/snapshot`: takes a snapshot now, so that the log can go that it stands for. */
import type { Express } from 'express';
import { sendJson } from '../http/answers.ts';
import { busy, sendProblem } from '../http/problem.ts';
import { onlyMethods } from '../http/routes.ts';
import type { Slot } from '../paxos/ballot.ts';

export type SnapshotTaking = (done: (error: Error | undefined, slot: Slot) => void) => void;

export function addSnapshotRoute(routes: Express, take: SnapshotTaking): void {
  routes
    .route('/v1/snapshot')
    .post((request, response) => {
      request.resume();
      take((error, slot) => {
        if (error === undefined) sendJson(response, 200, { slot });
        else sendProblem(response, busy(`there is no snapshot: ${error.message}`));
      });
    })
    .all(onlyMethods('POST'));
}
