/** `POST /v1/txn`: conditions on several keys, then one of two lists of operations, all at one moment. */
import type { Express, Response } from 'express';
import { InvalidInput } from '../errors.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import type { Reply } from '../kv/reply.ts';
import type { QueuedCommand } from '../kv/transaction.ts';
import { encodeTxn, type Txn } from '../kv/txn.ts';
import { replyOf, sendJson } from './answers.ts';
import type { BodyReader } from './body.ts';
import type { Calls } from './calls.ts';
import { IdempotentWrite } from './idempotent-write.ts';
import { setBytes } from './json-bytes.ts';
import { invalidInput, sendProblem } from './problem.ts';
import { parseQuery, splitTarget } from './query.ts';
import { onlyMethods } from './routes.ts';
import { parseTxn } from './txn-body.ts';

export function addTxnRoute(routes: Express, calls: Calls, bodies: BodyReader): void {
  routes
    .route('/v1/txn')
    .post((request, response) => {
      parseQuery(splitTarget(request.url).query, []);
      const write = new IdempotentWrite(calls, request, response);
      bodies.read(request, (problem, body) => {
        if (problem === undefined) execute(write, body, response);
        else sendProblem(response, problem);
      });
    })
    .all(onlyMethods('POST'));
}

function execute(write: IdempotentWrite, body: Buffer, response: Response): void {
  let txn: Txn;
  try {
    txn = parseTxn(body);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    sendProblem(response, invalidInput(error));
    return;
  }
  write.run(body, INTERNAL.txn, encodeTxn(txn), (outcome) => {
    const reply = replyOf(outcome, response);
    if (reply === undefined) return;
    const [succeeded, replies, revision] = reply as readonly [number, readonly Reply[], number];
    const branch = succeeded === 1 ? txn.success : txn.failure;
    response.setHeader('PaxosKV-Revision', String(revision));
    sendJson(response, 200, {
      succeeded: succeeded === 1,
      revision,
      results: branch.map((command, index) => resultOf(command, replies[index] as Reply)),
    });
  });
}

/** Named as the operation was, with its key as it would come in a listing. */
function resultOf({ code, args }: QueuedCommand, reply: Reply): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  setBytes(result, 'key', args[0] as string);
  if (code === INTERNAL.get) {
    if (reply === null) return { get: { ...result, revision: null } };
    const [value, , revision, , expiresAtMs] = reply as readonly [string, number, number, number, number];
    result['revision'] = revision;
    setBytes(result, 'value', value);
    if (expiresAtMs !== 0) result['expiresAtMs'] = expiresAtMs;
    return { get: result };
  }
  const [, revision, fresh] = reply as readonly [number, number, number];
  if (code === INTERNAL.put) return { put: { ...result, revision, created: fresh === 1 } };
  return { delete: { ...result, deleted: fresh === 1 } };
}
