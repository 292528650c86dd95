/** Asks one replica. What it runs is its users' choice, so nothing that it answers may harm the operator. */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { ReplicaDoor } from './replica-door.ts';

/** Of a pod whose node is gone nothing comes back. The page gives up after 3.5 s: until then the next ones are tried, too. */
const CONNECT_MS_MAX = 700;

const STATUS_MIN = 200;
const STATUS_MAX = 599;

export interface Question {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the connection to the head of the answer, which then goes on for as long as it likes. */
  readonly answerMsMax: number;
  /** Ends the answer, too. */
  readonly signal: AbortSignal;
}

/** Resolves with the head of an answer that can be passed on; rejects when none comes in time. */
export async function answerOf(door: ReplicaDoor, question: Question): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { answerMsMax, ...rest } = question;
  const options = {
    ...rest,
    host: door.address,
    port: door.port,
    headers: { ...question.headers, Host: `${door.host}:${door.port}` },
    agent: false,
  };
  const asked =
    door.authority === undefined
      ? http.request(options)
      : https.request({ ...options, ca: door.authority, servername: door.host });
  const within = (ms: number): NodeJS.Timeout =>
    setTimeout(() => asked.destroy(new Error(`nothing came within ${ms} ms`)), ms);
  let late = within(CONNECT_MS_MAX);
  asked.on('socket', (socket) =>
    socket.once('connect', () => {
      clearTimeout(late);
      late = within(answerMsMax);
    }),
  );
  asked.on('error', reject);
  // An answer that wants another protocol ends so, without an error.
  asked.on('close', () => reject(new Error('it closed the connection')));
  asked.on('response', (answer) => {
    // Whoever reads it hears of it; nobody else needs to.
    answer.on('error', () => undefined);
    const { statusCode = 0 } = answer;
    if (statusCode >= STATUS_MIN && statusCode <= STATUS_MAX) resolve(answer);
    else asked.destroy(new Error(`it answers with the status ${statusCode}`));
  });
  asked.end();
  try {
    return await promise;
  } finally {
    clearTimeout(late);
  }
}
