/**
 * Asks the other members' admin ports what they tell of themselves, with the secret and over the channel of this replica. Only while
 * somebody looks at a console: then each is asked once a second, and one that has not answered yet is not asked again.
 */
import { Agent, type IncomingMessage, request as requestPlainly } from 'node:http';
import { Agent as SecureAgent, request as requestSecurely } from 'node:https';
import type { Secret } from '../../auth/secret.ts';
import type { SecretFile } from '../../auth/secret-file.ts';
import type { Tls } from '../../tls/tls.ts';
import type { Asked } from './cluster-view.ts';
import { type MemberReport, parseSelf } from './self-report.ts';

/** Less than the time between two frames: a replica that runs answers from memory. */
const ANSWER_MS_MAX = 800;
/** A busy processor may cost an answer or two; a connection that is refused says it at once. */
const MISSED_MAX = 2;
/** A report of 64 members with all its events is below 64 KiB. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export const SELF_PATH = '/console/self';
/** Of releases without a console. */
const STATUS_PATH = '/v1/status';

export interface MemberSurveyOptions {
  /** What the admin ports want: while secrets are replaced, one of those in force. */
  readonly secrets: SecretFile | undefined;
  readonly tls: Tls | undefined;
}

class Member {
  path = SELF_PATH;
  latest: Asked | undefined;
  missed = 0;
  /** What it took last. */
  secret: Secret | undefined;
}

interface Ask {
  readonly path: string;
  readonly secret: Secret | undefined;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

export class MemberSurvey {
  readonly #options: MemberSurveyOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #secureAgent = new SecureAgent({ keepAlive: true });
  readonly #members = new Map<string, Member>();

  constructor(options: MemberSurveyOptions) {
    this.#options = options;
  }

  /** Completes when each of them has answered, or won't. Those that are no members any more are forgotten. */
  async ask(members: readonly MemberReport[]): Promise<ReadonlyMap<string, Asked>> {
    for (const id of this.#members.keys()) {
      if (!members.some((member) => member.id === id)) this.#members.delete(id);
    }
    await Promise.all(members.map((member) => this.#askOne(member)));
    const answers = new Map<string, Asked>();
    for (const [id, { latest }] of this.#members) if (latest !== undefined) answers.set(id, latest);
    return answers;
  }

  /** Lets go of connections and of what was said. */
  rest(): void {
    this.#agent.destroy();
    this.#secureAgent.destroy();
    this.#members.clear();
  }

  async #askOne(report: MemberReport): Promise<void> {
    const member = this.#members.get(report.id) ?? new Member();
    this.#members.set(report.id, member);
    const answer = await this.#answerOf(report, member);
    const isMissed = answer.kind === 'silent' && answer.why === LATE;
    member.missed = isMissed ? member.missed + 1 : 0;
    if (!isMissed || member.missed > MISSED_MAX || member.latest === undefined) member.latest = answer;
  }

  async #answerOf(report: MemberReport, member: Member): Promise<Asked> {
    const late = AbortSignal.timeout(ANSWER_MS_MAX);
    try {
      const { status, text } = await this.#withSecrets(report, member, late);
      if (status === 404 && member.path === SELF_PATH) {
        member.path = STATUS_PATH;
        return await this.#answerOf(report, member);
      }
      if (status === 401) return { kind: 'refused', why: 'it answers 401' };
      const self = status === 200 ? parseSelf(JSON.parse(text)) : undefined;
      // It may be upgraded meanwhile.
      member.path = SELF_PATH;
      return self === undefined
        ? { kind: 'silent', why: `it answers with HTTP status ${status}, and no report` }
        : { kind: 'answer', report: self };
    } catch (error) {
      return { kind: 'silent', why: late.aborted ? LATE : reasonOf(error) };
    }
  }

  /** Its answer to the first secret that it takes, the one that it took last before the others. */
  async #withSecrets(report: MemberReport, member: Member, signal: AbortSignal): Promise<Answer> {
    const current = this.#options.secrets?.current ?? [undefined];
    const order = [...current].toSorted((a, b) => Number(b === member.secret) - Number(a === member.secret));
    let answer: Answer = { status: 0, text: '' };
    for (const secret of order) {
      const response = await this.#send(report, { path: member.path, secret, signal });
      answer = { status: response.statusCode ?? 0, text: await textOf(response) };
      if (answer.status === 401) continue;
      member.secret = secret;
      break;
    }
    return answer;
  }

  async #send({ host, adminPort }: MemberReport, { path, secret, signal }: Ask): Promise<IncomingMessage> {
    const { tls } = this.#options;
    const headers = secret === undefined ? {} : { Authorization: `Bearer ${secret.reveal()}` };
    const options = { host, port: adminPort, path, headers, signal };
    return await new Promise((resolve, reject) => {
      const request =
        tls === undefined
          ? requestPlainly({ ...options, agent: this.#agent })
          : requestSecurely({ ...options, ...tls.dialOptions(host), agent: this.#secureAgent });
      request.on('response', resolve).on('error', reject).end();
    });
  }
}

const LATE = `nothing came within ${ANSWER_MS_MAX} ms`;

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > ANSWER_BYTES_MAX) throw new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
  }
  return text;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' ? 'nobody listens at its address' : (code ?? message);
}
