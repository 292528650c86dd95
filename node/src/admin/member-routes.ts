/** Members, the lead and the founding of a cluster, for operators. Only the leader changes members: others say who leads. */
import type { Express, NextFunction, Request, Response } from 'express';
import { sendJson } from '../http/answers.ts';
import { BodyReader } from '../http/body.ts';
import { invalidInput, type Problem, sendProblem } from '../http/problem.ts';
import { onlyMethods } from '../http/routes.ts';
import { InvalidInput } from '../errors.ts';
import type { Observer } from '../observe/events.ts';
import { replicaText } from '../paxos/ballot.ts';
import type { AdminAnswer, AdminRefusal, ReplicaAdmin } from '../replica/admin-door.ts';
import { parseFounding, parseNewMember, parseReplica, parseTransfer } from './request-body.ts';

/** What is refused now and may be granted soon. */
const RETRY_AFTER_SECONDS = 1;

export function addMemberRoutes(routes: Express, admin: ReplicaAdmin, observer: Observer | undefined): void {
  const bodies = new BodyReader(observer);
  /** Reads the content and hands it on; what is wrong with it is the client's to hear. */
  const withBody =
    (act: (body: Buffer, done: (answer: AdminAnswer) => void) => void) =>
    (request: Request, response: Response, next: NextFunction): void => {
      bodies.read(request, (problem, body) => {
        if (problem !== undefined) return sendProblem(response, problem);
        try {
          act(body, (answer) => sendAnswer(request, response, answer));
        } catch (error) {
          if (error instanceof InvalidInput) sendProblem(response, invalidInput(error));
          else next(error);
        }
      });
    };
  routes
    .route('/v1/members')
    .post(
      withBody((body, done) => {
        const { id, addresses } = parseNewMember(body);
        admin.addLearner(id, addresses, done);
      }),
    )
    .all(onlyMethods('POST'));
  routes
    .route('/v1/members/:id')
    .delete((request, response) => {
      const id = parseReplica(request.params['id'], 'the id in the path');
      admin.remove(id, (answer) => sendAnswer(request, response, answer));
    })
    .all(onlyMethods('DELETE'));
  routes
    .route('/v1/members/:id/promote')
    .post((request, response) => {
      const id = parseReplica(request.params['id'], 'the id in the path');
      admin.promote(id, (answer) => sendAnswer(request, response, answer));
    })
    .all(onlyMethods('POST'));
  routes
    .route('/v1/transfer')
    .post(withBody((body, done) => admin.transfer(parseTransfer(body), done)))
    .all(onlyMethods('POST'));
  routes
    .route('/v1/bootstrap')
    .post(withBody((body, done) => admin.bootstrap(parseFounding(body), done)))
    .all(onlyMethods('POST'));
}

function sendAnswer(request: Request, response: Response, answer: AdminAnswer): void {
  if (answer.kind === 'done') {
    sendJson(response, 200, { done: true, already: answer.already, detail: answer.text });
  } else sendProblem(response, problemOf(answer, request.originalUrl));
}

function problemOf({ code, reason, leader }: AdminRefusal, target: string): Problem {
  const [status, title] = PROBLEMS[code];
  const name = code;
  if (leader !== undefined) {
    const { host, adminPort } = leader.addresses;
    const authority = `${host.includes(':') ? `[${host}]` : host}:${adminPort}`;
    const location = `http://${authority}${target}`;
    const more = { leader: { id: replicaText(leader.id), host, adminPort }, outcome: 'not-done' };
    return { status, name, title, detail: reason, more, headers: { Location: location } };
  }
  const outcome = code === 'unknown-outcome' ? 'unknown' : 'not-done';
  const headers: Record<string, string> = SOON.includes(code)
    ? { 'Retry-After': String(RETRY_AFTER_SECONDS) }
    : {};
  return { status, name, title, detail: reason, more: { outcome }, headers };
}

const SOON: readonly AdminRefusal['code'][] = [
  'not-done',
  'unknown-outcome',
  'change-under-way',
  'transfer-under-way',
  'not-caught-up',
  'older-release',
];

const PROBLEMS: Readonly<Record<AdminRefusal['code'], readonly [number, string]>> = {
  'not-leader': [421, 'Another replica leads'],
  'not-done': [503, 'Not done'],
  'unknown-outcome': [504, 'Outcome unknown'],
  'unknown-id': [404, 'No such member'],
  'address-differs': [409, 'A member at other addresses'],
  'change-under-way': [409, 'Another change is under way'],
  'transfer-under-way': [409, 'Another transfer is under way'],
  'members-max': [409, 'Too many members'],
  'not-caught-up': [409, 'Not caught up'],
  'older-release': [409, 'A member is of an older release'],
  'quorum-at-risk': [409, 'Quorum at risk'],
  'removed-before': [409, 'Removed for good'],
  'other-cluster': [409, 'Another cluster'],
  'other-replica': [409, 'Another replica'],
};
