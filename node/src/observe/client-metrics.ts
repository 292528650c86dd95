/** Numbers about clients: how many are connected, and who was turned away or cut for which limit. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ClientDoor, ClientEvent, CutReason, DoorLimit } from './events.ts';

/** Each is shown from the start, at 0: an alert on a rise needs a beginning. */
const DOORS: readonly ClientDoor[] = ['redis', 'cluster', 'http', 'admin'];
const REASONS: readonly CutReason[] = [
  'too-many',
  'memory',
  'large-request',
  'unread-answers',
  'unauthenticated',
  'password-revoked',
];
const LIMITS: readonly DoorLimit[] = ['calls', 'bodies', 'unread-answers'];

export class ClientMetrics {
  readonly #clients: Gauge;
  readonly #cut: Counter;
  readonly #refused: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#clients = new Gauge({
      name: 'paxoskv_clients',
      help: 'Connections that are open, by door (redis, cluster, http, admin)',
      labelNames: ['door'],
      registers,
    });
    this.#cut = new Counter({
      name: 'paxoskv_clients_closed_total',
      help: `Connections that this replica closed or refused, by reason (${REASONS.join(', ')})`,
      labelNames: ['reason'],
      registers,
    });
    this.#refused = new Counter({
      name: 'paxoskv_http_busy_total',
      help: `HTTP requests that were answered 503 because of a limit of this replica, by limit (${LIMITS.join(', ')})`,
      labelNames: ['limit'],
      registers,
    });
    for (const door of DOORS) this.#clients.set({ door }, 0);
    for (const reason of REASONS) this.#cut.inc({ reason }, 0);
    for (const limit of LIMITS) this.#refused.inc({ limit }, 0);
  }

  observe(event: ClientEvent): void {
    switch (event.kind) {
      case 'clientOpened':
        this.#clients.inc({ door: event.door });
        return;
      case 'clientClosed':
        this.#clients.dec({ door: event.door });
        return;
      case 'clientCut':
        this.#cut.inc({ reason: event.reason });
        return;
      case 'refusedForLimit':
        this.#refused.inc({ limit: event.limit });
    }
  }
}
