/**
 * From a directory to a running replica: the newest snapshot is taken over, the log behind it replayed as far as it is
 * known chosen, and only then does the core begin to speak.
 */
import { Corruption } from '../errors.ts';
import type { DigestHistory } from '../kv/digest-history.ts';
import type { SessionLimits } from '../kv/session-limits.ts';
import { compareBallots, type Slot } from '../paxos/ballot.ts';
import type { Ruling } from '../paxos/configuration.ts';
import { provenChosen } from '../paxos/acceptor.ts';
import { Rulings } from '../paxos/rulings.ts';
import { SINCE } from '../paxos/version.ts';
import type { Done, Files } from '../storage/files.ts';
import { Log } from '../storage/log.ts';
import type { LogOptions, Recovered } from '../storage/log-options.ts';
import { snapshotName } from '../storage/snapshot-name.ts';
import { Snapshots } from '../storage/snapshots.ts';
import { Applier } from './applier.ts';
import { type BackupSource, Backups } from './backup.ts';
import { REPLAY_BYTES } from './limits.ts';
import { Replica } from './replica.ts';
import type { ReplicaOptions } from './replica-options.ts';
import { Requests } from './requests.ts';
import { restoreSnapshot } from './snapshot-restore.ts';

export type StartOptions = Omit<
  ReplicaOptions,
  | 'self'
  | 'cluster'
  | 'start'
  | 'log'
  | 'snapshots'
  | 'replayedBytes'
  | 'fatal'
  | 'applier'
  | 'requests'
  | 'restored'
  | 'links'
> & {
  readonly files: Files;
  readonly logOptions: Omit<LogOptions, 'coveredThrough'>;
  /** Hears of the digest at each slot. */
  readonly digests?: DigestHistory;
  /** Called when the identity is known, before the replica exists: links need it. */
  readonly makeLinks: (identity: Recovered) => ReplicaOptions['links'];
  /** `SESSION_LIMITS` unless given: the simulator's tables are small, and shall be too small now and then. */
  readonly sessionLimits?: SessionLimits;
};

export interface Started {
  readonly replica: Replica;
  readonly log: Log;
  readonly recovered: Recovered;
  readonly backups: BackupSource;
}

export function startReplica(options: StartOptions, done: Done<Started>): void {
  Snapshots.open(options.files, (snapshotError, snapshots) => {
    if (snapshotError !== undefined) return fail(done, snapshotError);
    const coveredThrough = snapshots.newest?.slot ?? 0;
    Log.open(options.files, { ...options.logOptions, coveredThrough }, (logError, opened) => {
      if (logError !== undefined) return fail(done, logError);
      const requests = new Requests(options.process);
      const applier = new Applier(options.process, (first) => requests.take(first), options);
      const { log, recovered } = opened;
      restore(snapshots, recovered, applier, options.rest, (restoreError, ruled) => {
        if (restoreError !== undefined) return fail(done, restoreError);
        const rulings = new Rulings(ruled);
        const replay = new Replay(log, applier, rulings, options.rest);
        replay.run(recovered, (replayError) => {
          if (replayError !== undefined) return fail(done, replayError);
          countStart(log, recovered, rulings.version, (identity) => {
            const parts = { log, snapshots, applier, requests, replayedBytes: replay.bytes };
            done(undefined, begin(options, identity, rulings, parts));
          });
        });
      });
    });
  });
}

/** All that was read is in place: the core may speak. */
function begin(
  options: StartOptions,
  recovered: Recovered,
  rulings: Rulings,
  parts: Pick<ReplicaOptions, 'log' | 'snapshots' | 'applier' | 'requests' | 'replayedBytes'>,
): Started {
  const { applier, log } = parts;
  options.follower?.follow(applier.store);
  const { replica: self, cluster, start, promised } = recovered;
  const chosen = applier.applied;
  const entries = recovered.entries.filter((entry) => entry.slot > chosen);
  const replica = new Replica({
    ...options,
    ...parts,
    self,
    cluster,
    start,
    fatal: options.logOptions.fatal,
    restored: { promised, chosen, entries, rulings: rulings.all },
    links: options.makeLinks(recovered),
  });
  // An acceptance above it stands for a promise only as long as the log holds it: now it is one of its own.
  const stands = replica.core.acceptor.promised;
  if (compareBallots(stands, promised) > 0) log.append({ kind: 'promise', ballot: stands });
  const backups = new Backups(applier, replica.core, () => replica.status().cluster);
  return { replica, log, recovered, backups };
}

/** A log that an older release has begun counts starts from when no replica of such a release can come back. */
function countStart(
  log: Log,
  recovered: Recovered,
  version: number,
  done: (recovered: Recovered) => void,
): void {
  if (recovered.start > 0 || version < SINCE.startCounts) return done(recovered);
  log.countStarts();
  log.whenDurable(() => done({ ...recovered, start: 1 }));
  log.flush();
}

/** Takes over the newest snapshot, if there is one, and answers with who rules from then on. */
function restore(
  snapshots: Snapshots,
  recovered: Recovered,
  applier: Applier,
  rest: (resume: () => void) => void,
  done: Done<readonly Ruling[]>,
): void {
  const slot = snapshots.newest?.slot;
  if (slot === undefined) return done(undefined, []);
  const readInto: Parameters<typeof restoreSnapshot>[1] = (offset, target, then) =>
    snapshots.readInto(slot, offset, target, then);
  restoreSnapshot(applier.store.emptyOne(), readInto, rest, (error, restored) => {
    if (error !== undefined) return done(damaged(slot, error), []);
    const { header, store } = restored;
    if (header.applier.applied !== slot || header.cluster !== (recovered.cluster ?? header.cluster)) {
      return done(damaged(slot, new Corruption('it is of another slot, or of another cluster')), []);
    }
    applier.takeOver(header.applier, store);
    done(undefined, header.rulings);
  });
}

function damaged(slot: number, cause: Error): Error {
  if (!(cause instanceof Corruption)) return cause;
  return new Corruption(
    `${snapshotName(slot)}: ${cause.message}. The log does not hold what it stands for; its peers do. Remove this ` +
      'data directory and add the replica again as a new one',
    { cause },
  );
}

class Replay {
  readonly #log: Log;
  readonly #applier: Applier;
  readonly #rulings: Rulings;
  readonly #rest: (resume: () => void) => void;
  /** Of the entries replayed. */
  bytes = 0;

  constructor(log: Log, applier: Applier, rulings: Rulings, rest: (resume: () => void) => void) {
    this.#log = log;
    this.#applier = applier;
    this.#rulings = rulings;
    this.#rest = rest;
  }

  /** First what the log says is chosen, then what it proves. */
  run({ chosen, entries }: Recovered, done: Done): void {
    this.#through(chosen, (error) => {
      if (error !== undefined) return done(error);
      this.#through(provenChosen(chosen, entries, this.#rulings.alpha), done);
    });
  }

  #through(slot: Slot, done: Done): void {
    if (this.#applier.applied === slot) return done(undefined);
    this.#log.read(this.#applier.applied + 1, slot, REPLAY_BYTES, (error, entries) => {
      if (error !== undefined) return done(error);
      for (const entry of entries) {
        this.#applier.apply(entry);
        this.bytes += entry.record?.length ?? 0;
        const { value } = entry;
        if (value.kind === 'configuration') this.#rulings.learn(entry.slot, value.configuration);
      }
      this.#rulings.forgetThrough(this.#applier.applied - this.#rulings.alpha);
      this.#rest(() => this.#through(slot, done));
    });
  }
}

/** A completion with an error carries no value. */
function fail(done: Done<Started>, error: Error): void {
  done(error, undefined as never);
}
