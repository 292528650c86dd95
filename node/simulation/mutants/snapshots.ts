/** Mutants of snapshots: what stands for the log is on disk before the log goes, and takes no vote with it. */
import type { Mutant } from './mutant.ts';

const ACCEPTOR = 'src/paxos/acceptor.ts';
const KEEPER = 'src/replica/snapshot-keeper.ts';
const REPLICA = 'src/replica/replica.ts';
const SNAPSHOTS = 'src/storage/snapshots.ts';
const TAKER = 'src/replica/snapshot-taker.ts';
const TRIMMER = 'src/storage/log-trimmer.ts';

export const SNAPSHOT_MUTANTS: readonly Mutant[] = [
  {
    // Whoever needs a snapshot has hardly ever accepted anything above it: its votes end where it fell behind. It
    // takes a snapshot between what it knows to be chosen and what it has voted for, and that vote's being needed.
    name: "acceptances dropped at a snapshot's install",
    file: 'src/paxos/window.ts',
    replace: 'while (this.#first <= slot && this.#entries.size > 0) this.#dropFirst();',
    by: 'this.#entries.clear();',
    why: 'what was accepted above the snapshot may be chosen by this very vote',
    seenBy: {
      file: 'src/paxos/acceptor.test.ts',
      name: 'taking over a snapshot keeps the promise and every acceptance above it, whatever was accepted',
    },
  },
  {
    name: 'promise lowered by an install',
    file: ACCEPTOR,
    replace: 'this.rulings.replace(rulings);',
    by: 'this.rulings.replace(rulings);\n    this.#promised = { round: 0, replica: 0 };',
    why: 'a snapshot says what is chosen, and nothing of what this replica has promised',
  },
  {
    name: 'configuration left out of the snapshot',
    file: TAKER,
    replace: 'const rulings = core.acceptor.rulings.through(slot);',
    by: 'const rulings = core.acceptor.rulings.through(slot).slice(1);',
    why: 'the entry that holds it is gone: nobody knows who votes',
  },
  {
    name: 'snapshot renamed before it is synced',
    file: SNAPSHOTS,
    replace: 'part.sync((syncError) => {',
    by: 'part.readInto(0, new Uint8Array(0), (syncError) => {',
    why: 'a loss of power leaves a file with the name of a snapshot and holes in it',
  },
  {
    name: 'log dropped before the name of the snapshot is on disk',
    file: SNAPSHOTS,
    replace:
      'this.#files.syncDirectory((directoryError) => {\n            if (directoryError !== undefined) return done(directoryError);\n            this.#files.open(name,',
    by: 'this.#files.list((directoryError) => {\n            if (directoryError !== undefined) return done(directoryError);\n            this.#files.open(name,',
    why: 'a loss of power takes the snapshot away that stands for the log',
  },
  {
    name: 'log dropped before the snapshot is durable',
    file: KEEPER,
    replace: 'const newest = snapshots.newest?.slot ?? 0;',
    by: 'const newest = this.#options.applier.applied;',
    why: 'what is applied is in memory: after a restart it is nowhere',
  },
  {
    name: 'segments with something above the snapshot dropped',
    file: TRIMMER,
    replace: 'const highest = this.#options.index.highestThrough(number);',
    by: 'const highest = Math.min(slot, this.#options.index.highestThrough(number));',
    why: 'an acceptance above the snapshot is a vote, and is forgotten',
  },
  {
    name: 'segments removed unannounced',
    file: 'src/storage/log.ts',
    replace: 'this.whenDurable(() => this.#trimmer.remove());',
    by: 'this.#trimmer.remove();',
    why: 'after a crash nobody can tell a removed segment from a lost one',
  },
  {
    name: 'frame of a piece used again before it has left',
    file: 'src/replica/snapshot-server.ts',
    replace: 'if (!outbox.sendPiece(reader.peer, whole, slot, offset, free)) free();',
    by: 'outbox.sendPiece(reader.peer, whole, slot, offset, () => {});\n        free();',
    why: 'the next piece is read into bytes that are still on their way: nobody can ever catch up from here',
    seenBy: {
      file: 'src/replica/snapshot-transfer.test.ts',
      name: 'a snapshot arrives whole over links that lose, repeat and reorder frames',
    },
  },
  {
    name: 'requests submitted again after a snapshot was taken over',
    file: REPLICA,
    replace: 'this.#requests.forgetSubmitted();',
    by: 'this.#requests.resubmit();',
    why: 'they may have been executed in the slots that the snapshot stands for',
  },
  {
    name: 'snapshot without the number of the last batch',
    file: 'src/replica/applier.ts',
    replace: 'this.#batchNumber = state.batchNumber;',
    by: '',
    why: 'the next batch of the leadership seems to have lost its predecessor, and is void here alone',
  },
  {
    // Both must be synced in the same instant: a taken one that is slow, and one that came in meanwhile.
    name: 'two snapshots published at once',
    file: SNAPSHOTS,
    replace: 'if (this.#publications.length === 1) this.#publications[0]?.();',
    by: 'this.#publications.at(-1)?.();',
    why: 'an own snapshot that ends behind the installation of a further one takes its place, and that one goes',
    seenBy: {
      file: 'src/storage/snapshots.test.ts',
      name: 'of two that are ready at the same time the one that goes furthest stays',
    },
  },
  {
    // A replica must have led alone, lagged so far that it took over a snapshot, and be asked for its log.
    name: 'entries handed out that a snapshot skipped',
    file: KEEPER,
    replace: '      options.log.skipThrough(header.applier.applied);\n',
    by: '',
    why: 'what was accepted here, and lost, is told to peers as chosen',
  },
  {
    name: 'skipped entries remembered after a crash',
    file: 'src/storage/log.ts',
    replace: 'if (recovery.skips) log.skipThrough(options.coveredThrough);',
    by: '',
    why: 'the process ended between the snapshot and the word of it in the log',
    seenBy: {
      file: 'src/storage/log-trimming.test.ts',
      name: 'what was accepted below a snapshot stays hidden when the process ended before the log heard of it',
    },
  },
];
