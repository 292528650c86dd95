/**
 * The kinds that others bring to an API server: monitors, certificates. They may come after the operator, and go before it does. It asks now and
 * then which of them are there, as everybody may: a watch of the definitions themselves would take a right on the whole of Kubernetes.
 */
import type { ServedKinds } from '../desired/wanted.ts';
import { KubeError } from '../kube/failures.ts';
import type { Informer } from '../kube/informer.ts';
import { pause } from '../kube/interruption.ts';
import type { Kind } from '../kube/kind.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { RuntimeObserver } from '../kube/runtime-event.ts';
import { CERTIFICATE, FOREIGN_KINDS, POD_MONITOR, SERVICE_MONITOR } from './cluster-objects.ts';

/** Who has just installed one waits for no longer than that; three questions a minute are nothing to an API server. */
const LOOK_MS = 60_000;
/** Objects of these kinds are no reason not to begin: clusters are looked after without them. */
const FIRST_LIST_MS = 10_000;

export interface ForeignKindsOptions {
  readonly api: KubeApi;
  /** Where the informers of a kind are put, and taken from when the kind has gone. */
  readonly informers: Map<Kind, readonly Informer[]>;
  readonly informersOf: (kind: Kind) => readonly Informer[];
  readonly observer: RuntimeObserver;
  readonly lookMs?: number | undefined;
}

export class ForeignKinds {
  readonly #options: ForeignKindsOptions;
  readonly #lookMs: number;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ForeignKindsOptions) {
    this.#options = options;
    this.#lookMs = options.lookMs ?? LOOK_MS;
  }

  /** Those that are there, and whose objects have been read. */
  get served(): ServedKinds {
    const isServed = (kind: Kind): boolean =>
      this.#options.informers.get(kind)?.every(({ hasSynced }) => hasSynced) ?? false;
    return {
      certificate: isServed(CERTIFICATE),
      serviceMonitor: isServed(SERVICE_MONITOR),
      podMonitor: isServed(POD_MONITOR),
    };
  }

  /** Resolves when those that are there now have been read, or that takes too long. */
  async start(): Promise<void> {
    await this.#look();
    const patience = new AbortController();
    await Promise.race([
      Promise.all(this.#informers().map(async (informer) => await informer.synced())),
      pause(FIRST_LIST_MS, patience.signal),
    ]);
    patience.abort();
    this.#running = this.#run();
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all(this.#informers().map(async (informer) => await informer.stop()));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      await pause(this.#lookMs, signal);
      if (signal.aborted) return;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    for (const kind of FOREIGN_KINDS) await this.#lookFor(kind);
  }

  async #lookFor(kind: Kind): Promise<void> {
    const { api, informers, informersOf, observer } = this.#options;
    let isThere: boolean;
    try {
      isThere = await api.serves(kind);
    } catch (error) {
      // What was known last is still the best guess.
      if (!(error instanceof KubeError)) throw error;
      observer({ kind: 'informerFailed', resource: kind.plural, error, retryInMs: this.#lookMs });
      return;
    }
    const known = informers.get(kind);
    if (isThere && known === undefined) {
      const made = informersOf(kind);
      informers.set(kind, made);
      for (const informer of made) informer.start();
    } else if (!isThere && known !== undefined) {
      informers.delete(kind);
      await Promise.all(known.map(async (informer) => await informer.stop()));
    }
  }

  #informers(): Informer[] {
    return FOREIGN_KINDS.flatMap((kind) => this.#options.informers.get(kind) ?? []);
  }
}
