/** The parts of tracing, put together: what looks at the replica, and what sends away what was seen. */
import { type ReplicaId, replicaText } from '../paxos/ballot.ts';
import type { ReplicaDoor } from '../replica/door.ts';
import { ExportedTraces, isSampled } from './exported-traces.ts';
import { Tracing } from './traced-door.ts';

export interface OpenTracingOptions {
  readonly url: string;
  readonly ratio: number;
  readonly release: string;
  readonly random: () => number;
  readonly lost: (text: string) => void;
}

export interface TracingParts {
  /** For `ReplicaOptions.probe`. */
  readonly probe: Tracing['probe'];
  /** The same replica, whose requests are traced; called once, when its id is known. */
  around(door: ReplicaDoor, replica: ReplicaId): ReplicaDoor;
  close(done: () => void): void;
}

export function openTracing({ url, ratio, release, random, lost }: OpenTracingOptions): TracingParts {
  let exported: ExportedTraces | undefined;
  const tracing = new Tracing({
    isSampled: (traceparent) => isSampled(traceparent, ratio, random),
    tell: (story) => exported?.tell(story),
    nowMs: () => performance.now(),
  });
  return {
    probe: tracing.probe,
    around: (door, replica) => {
      exported = new ExportedTraces({ url, replica: replicaText(replica), release, lost });
      return tracing.around(door);
    },
    close: (done) => (exported === undefined ? done() : exported.close(done)),
  };
}
