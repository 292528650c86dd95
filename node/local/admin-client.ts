/** Asks the admin ports of a cluster on this machine, with the secret and over the channel that they want. */
import { type IncomingMessage, request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { openAccess } from '../src/access.ts';
import { type AccessFiles, OPEN_ACCESS } from '../src/access-options.ts';
import type { SecretFile } from '../src/auth/secret-file.ts';
import type { Addresses } from '../src/paxos/configuration.ts';
import type { Tls } from '../src/tls/tls.ts';

export interface AdminAnswer {
  readonly code: number;
  readonly body: unknown;
}

/** A replica on this machine that doesn't answer in this time is as good as gone. */
const ANSWER_TIMEOUT_MS = 1_000;
/** A status with seven members is below 4 KiB. */
const ANSWER_CHARACTERS_MAX = 1024 * 1024;

export class AdminClient {
  readonly #secrets: SecretFile | undefined;
  readonly #tls: Tls | undefined;

  /** Throws `InvalidInput`: here a bad file is said before the first process is started. */
  constructor(files: AccessFiles = OPEN_ACCESS) {
    // The replicas report what becomes of the files; once is enough.
    const { clusterSecrets, tls } = openAccess(files, () => undefined);
    this.#secrets = clusterSecrets;
    this.#tls = tls;
  }

  /** Undefined when the replica doesn't answer, or not with JSON. */
  async get(addresses: Addresses, path: string): Promise<AdminAnswer | undefined> {
    try {
      const response = await this.#send(addresses, path);
      return { code: response.statusCode ?? 0, body: JSON.parse(await textOf(response)) as unknown };
    } catch {
      // Refused, reset, too slow or not yet JSON: it comes to the same, the replica doesn't answer.
      return undefined;
    }
  }

  /** What the admin ports want to be shown now. */
  get headers(): Readonly<Record<string, string>> {
    const secret = this.#secrets?.current[0];
    return secret === undefined ? {} : { Authorization: `Bearer ${secret.reveal()}` };
  }

  async #send({ host, adminPort }: Addresses, path: string): Promise<IncomingMessage> {
    const options = {
      host,
      port: adminPort,
      path,
      headers: this.headers,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      // A connection for each question: the next one may be asked of another process.
      agent: false,
    };
    return await new Promise((resolve, reject) => {
      const request =
        this.#tls === undefined
          ? requestPlainly(options)
          : requestSecurely({ ...options, ...this.#tls.dialOptions(host) });
      request.on('response', resolve).on('error', reject).end();
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > ANSWER_CHARACTERS_MAX) throw new Error('an answer of an admin port never ends');
  }
  return text;
}
