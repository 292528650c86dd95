/** What an operator does by hand: asks the admin port, follows it to the leader, and asks again while it says "not yet". */
import assert from 'node:assert/strict';
import { eventually } from './deadline.ts';
import type { RealCluster, Status } from './real-cluster.ts';

export const CLUSTER_ID = 'c1'.repeat(16);

/** Another one leads, nobody leads, nobody knows what became of it. */
const NOT_FOR_IT: readonly number[] = [421, 503, 504];

export interface AdminResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export class RealOperator {
  readonly #cluster: RealCluster;
  /** Members, by index; asked in this order who leads. */
  readonly #members = new Set<number>();

  constructor(cluster: RealCluster) {
    this.#cluster = cluster;
  }

  get members(): number[] {
    return [...this.#members];
  }

  async found(index: number): Promise<void> {
    await this.status(index);
    const response = await this.ask(index, 'POST', '/v1/bootstrap', { cluster: CLUSTER_ID });
    assert.equal(response?.status, 200, JSON.stringify(response));
    this.#members.add(index);
  }

  /** The answer of whoever leads, whoever that is by then: asked again while nobody leads, or nobody can tell what became of it. */
  async tell(method: string, path: string, body?: unknown): Promise<AdminResponse> {
    return await this.#until(({ status }) => !NOT_FOR_IT.includes(status), method, path, body);
  }

  /** As often as it takes until it is done: every request may be repeated. */
  async insist(method: string, path: string, body?: unknown): Promise<void> {
    await this.#until(({ status }) => status === 200, method, path, body);
  }

  /** Learner, caught up, voter. */
  async add(index: number): Promise<void> {
    const { id } = await this.status(index);
    await this.insist('POST', '/v1/members', { id, ...this.#cluster.address(index) });
    await this.insist('POST', `/v1/members/${id}/promote`);
    this.#members.add(index);
  }

  /** Removes the replica, and waits until its process has ended by itself. */
  async remove(index: number): Promise<void> {
    const { id } = await this.status(index);
    await this.insist('DELETE', `/v1/members/${id}`);
    this.#members.delete(index);
    assert.equal(await this.#cluster.ended(index), 'exit code 4');
  }

  /** Index of the member that leads, as soon as one says so of itself. */
  async leader(): Promise<number> {
    return await eventually('a member leads', async () => {
      const statuses = await Promise.all(this.members.map((index) => this.#cluster.status(index)));
      const at = statuses.findIndex((status) => status?.role === 'leader');
      return this.members[at];
    });
  }

  async status(index: number): Promise<Status> {
    return await eventually(`replica ${index} answers`, () => this.#cluster.status(index));
  }

  /** One request to one replica; undefined when it does not answer. */
  async ask(index: number, method: string, path: string, body?: unknown): Promise<AdminResponse | undefined> {
    const { host, adminPort } = this.#cluster.address(index);
    try {
      const response = await fetch(`http://${host}:${adminPort}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as AdminResponse['body'] };
    } catch {
      // It is down, or ends just now.
      return undefined;
    }
  }

  /** Asks one member after the other. */
  async #until(
    isEnough: (answer: AdminResponse) => boolean,
    method: string,
    path: string,
    body: unknown,
  ): Promise<AdminResponse> {
    let last: AdminResponse | undefined;
    return await eventually(
      () => `whoever leads does ${method} ${path}: ${JSON.stringify(last)}`,
      async () => {
        for (const index of this.members) {
          const answer = await this.ask(index, method, path, body);
          if (answer === undefined) continue;
          if (isEnough(answer)) return answer;
          if (last === undefined || !NOT_FOR_IT.includes(answer.status)) last = answer;
        }
        return undefined;
      },
    );
  }
}
