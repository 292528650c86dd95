/**
 * From a directory to a running replica: the log is opened, what is known chosen is replayed into the
 * state machine, and only then does the core begin to speak.
 */
import type { Done } from '../storage/files.ts';
import type { Files } from '../storage/files.ts';
import type { Slot } from '../paxos/ballot.ts';
import { provenChosen } from '../paxos/acceptor.ts';
import { Rulings } from '../paxos/rulings.ts';
import { Log, type LogOptions, type Recovered } from '../storage/log.ts';
import { Applier } from './applier.ts';
import { REPLAY_BYTES } from './limits.ts';
import { Replica, type ReplicaOptions } from './replica.ts';
import { Requests } from './requests.ts';

export type StartOptions = Omit<
  ReplicaOptions,
  'self' | 'cluster' | 'start' | 'log' | 'applier' | 'requests' | 'restored' | 'links'
> & {
  readonly files: Files;
  readonly logOptions: LogOptions;
  /** Called when the identity is known, before the replica exists: links need it. */
  readonly makeLinks: (identity: Recovered) => ReplicaOptions['links'];
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
    const applier = new Applier(options.process, (first) => requests.take(first));
    const rulings = new Rulings([]);
    const { promised, entries } = recovered;
    replayAll(log, recovered, applier, rulings, options.rest, (failure) => {
      if (failure !== undefined) return fail(done, failure);
      const chosen = applier.applied;
      const above = entries.filter((entry) => entry.slot > chosen);
      const restored = { promised, chosen, entries: above, rulings: rulings.all };
      const links = options.makeLinks(recovered);
      const replica = new Replica({
        ...options,
        self: recovered.replica,
        cluster: recovered.cluster,
        start: recovered.start,
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

/** First what the log says is chosen, then what it proves. */
function replayAll(
  log: Log,
  { chosen, entries }: Recovered,
  applier: Applier,
  rulings: Rulings,
  rest: (resume: () => void) => void,
  done: Done,
): void {
  replay(log, chosen, applier, rulings, rest, (error) => {
    if (error !== undefined) return done(error);
    replay(log, provenChosen(chosen, entries, rulings.alpha), applier, rulings, rest, done);
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
    rulings.forgetThrough(applier.applied - rulings.alpha);
    rest(() => replay(log, through, applier, rulings, rest, done));
  });
}

/** A completion with an error carries no value. */
function fail(done: Done<Started>, error: Error): void {
  done(error, undefined as never);
}
