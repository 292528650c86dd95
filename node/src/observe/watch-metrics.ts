/** Numbers about watches, as the hub counts them. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { HubCounts } from '../watch/hub.ts';

export class WatchMetrics {
  readonly #watches: Gauge;
  readonly #historyEvents: Gauge;
  readonly #historyBytes: Gauge;
  readonly #queuedBytes: Gauge;
  readonly #eventsSent: Counter;
  readonly #ended: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
    this.#watches = gauge('paxoskv_watches', 'Watches that clients have at this replica');
    this.#historyEvents = gauge('paxoskv_watch_history_events', 'Changes that a watch can still begin at');
    this.#historyBytes = gauge('paxoskv_watch_history_bytes', 'About how much memory these changes take');
    this.#queuedBytes = gauge(
      'paxoskv_watch_queued_bytes',
      'Changes that wait for slow watchers, counted for each of them',
    );
    this.#eventsSent = new Counter({
      name: 'paxoskv_watch_events_sent_total',
      help: 'Changes handed over to watchers, counted for each of them',
      registers,
    });
    this.#ended = new Counter({
      name: 'paxoskv_watches_ended_total',
      help: 'Watches that this replica ended or refused, by reason (compacted, slow, closing, too-many)',
      labelNames: ['reason'],
      registers,
    });
  }

  collect(counts: HubCounts): void {
    this.#watches.set(counts.watches);
    this.#historyEvents.set(counts.historyEvents);
    this.#historyBytes.set(counts.historyBytes);
    this.#queuedBytes.set(counts.queuedBytes);
    this.#eventsSent.reset();
    this.#eventsSent.inc(counts.eventsSent);
    this.#ended.reset();
    for (const [reason, count] of Object.entries(counts.ended)) this.#ended.inc({ reason }, count);
  }
}
