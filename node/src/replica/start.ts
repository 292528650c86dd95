/**
 * From a directory to a running replica: the log is opened, what is known chosen is replayed into the
 * state machine, and only then does the core begin to speak.
 */
import type { Done } from '../storage/files.ts';
import type { Files } from '../storage/files.ts';
import type { SessionLimits } from '../kv/session-limits.ts';
import type { Slot } from '../paxos/ballot.ts';
import { Rulings } from '../paxos/rulings.ts';
import { Log, type LogOptions, type Recovered } from '../storage/log.ts';
import { Applier } from './applier.ts';
import { REPLAY_BYTES } from './limits.ts';
import { Replica, type ReplicaOptions } from './replica.ts';
import { Requests } from './requests.ts';

export type StartOptions = Omit<
  ReplicaOptions,
  'self' | 'cluster' | 'log' | 'applier' | 'requests' | 'restored' | 'links'
> & {
  readonly files: Files;
  readonly logOptions: LogOptions;
  /** 48 random bits, drawn when this process started: tells its requests from those of an earlier one. */
  readonly process: number;
  /** Called when the identity is known, before the replica exists: links need it. */
  readonly makeLinks: (identity: Recovered) => ReplicaOptions['links'];
  /** `SESSION_LIMITS` unless given: the simulator's tables are small, and shall be too small now and then. */
  readonly sessionLimits?: SessionLimits;
};

export interface Started {
  readonly replica: Replica;
  readonly log: Log;
  readonly recovered: Recovered;
}

export function startReplica(options: StartOptions, done: Done<Started>): void {
  Log.open(options.files, options.logOptions, (error, opened) => {
    if (error !== undefined) return fail(done, error);
    const { log, recovered } = opened;
    const requests = new Requests(options.process);
    const applier = new Applier(options.process, (first) => requests.take(first), options.sessionLimits);
    const rulings = new Rulings([]);
    replay(log, recovered.chosen, applier, rulings, options.rest, (failure) => {
      if (failure !== undefined) return fail(done, failure);
      const restored = {
        promised: recovered.promised,
        chosen: recovered.chosen,
        entries: recovered.entries,
        rulings: rulings.all,
      };
      const links = options.makeLinks(recovered);
      const replica = new Replica({
        ...options,
        self: recovered.replica,
        cluster: recovered.cluster,
        log,
        applier,
        requests,
        restored,
        links,
      });
      done(undefined, { replica, log, recovered });
    });
  });
}

function replay(
  log: Log,
  through: Slot,
  applier: Applier,
  rulings: Rulings,
  rest: (resume: () => void) => void,
  done: Done,
): void {
  if (applier.applied === through) return done(undefined);
  log.read(applier.applied + 1, through, REPLAY_BYTES, (error, entries) => {
    if (error !== undefined) return done(error);
    for (const entry of entries) {
      applier.apply(entry);
      if (entry.value.kind === 'configuration') rulings.learn(entry.slot, entry.value.configuration);
    }
    rulings.forgetThrough(applier.applied);
    rest(() => replay(log, through, applier, rulings, rest, done));
  });
}

/** A completion with an error carries no value. */
function fail(done: Done<Started>, error: Error): void {
  done(error, undefined as never);
}
