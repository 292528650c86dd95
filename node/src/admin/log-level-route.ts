/** `GET` and `PUT /v1/log-level`: how much this replica writes to its log, until it ends. */
import type { Express, Response } from 'express';
import { InvalidInput } from '../errors.ts';
import { sendJson } from '../http/answers.ts';
import { BodyReader } from '../http/body.ts';
import { invalidInput, sendProblem } from '../http/problem.ts';
import { onlyMethods } from '../http/routes.ts';
import type { Level } from '../journal/level.ts';
import type { Observer } from '../observe/events.ts';
import { parseLogLevel } from './request-body.ts';

/** See `Journal`. */
export interface AdjustableLog {
  readonly level: Level;
  setLevel(level: Level, who: string): void;
}

export function addLogLevelRoute(
  routes: Express,
  journal: AdjustableLog,
  observer: Observer | undefined,
): void {
  const bodies = new BodyReader(observer);
  const answer = (response: Response): void => sendJson(response, 200, { level: journal.level });
  routes
    .route('/v1/log-level')
    .get((_request, response) => answer(response))
    .put((request, response, next) => {
      bodies.read(request, (problem, body) => {
        if (problem !== undefined) return sendProblem(response, problem);
        try {
          journal.setLevel(parseLogLevel(body), 'the admin port');
          answer(response);
        } catch (error) {
          if (error instanceof InvalidInput) sendProblem(response, invalidInput(error));
          else next(error);
        }
      });
    })
    .all(onlyMethods('GET', 'HEAD', 'PUT'));
}
