/** Mutants of the log: what was told is on disk, and what is on disk is told right. */
import type { Mutant } from './mutant.ts';

const LOG = 'src/storage/log.ts';
const RECOVERY = 'src/storage/recovery.ts';
const SEGMENT = 'src/storage/segment.ts';
const SEGMENT_SCAN = 'src/storage/segment-scan.ts';

export const STORAGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'sync skipped',
    file: LOG,
    replace: 'this.#writing?.segment.file.sync(this.#onSynced);',
    by: 'this.#onSynced(undefined);',
    why: 'a loss of power takes back what was acknowledged',
  },
  {
    name: 'waiters called before the sync',
    file: LOG,
    replace: 'this.#writing?.segment.file.sync(this.#onSynced);',
    by: 'this.#durability.written(this.#writing?.gathered.facts.length ?? 0);\n    this.#durability.call();\n    this.#writing?.segment.file.sync(this.#onSynced);',
    why: 'a loss of power takes back what was acknowledged',
  },
  {
    name: 'failed sync tried again',
    file: LOG,
    replace: "if (error !== undefined) return this.#fail('a sync', error);",
    by: 'if (error !== undefined) return this.#writing?.segment.file.sync(this.#onSynced);',
    why: 'after a failed sync the kernel takes the pages for clean: the second one writes nothing (T3)',
  },
  {
    name: 'chosen mark on disk before its entries',
    file: LOG,
    replace: 'if (this.#gathering.isEmpty && hint > this.#summary.chosen) {',
    by: 'if (hint > this.#summary.chosen) {',
    why: 'after a restart a mark speaks of entries that are not there',
  },
  {
    name: 'unsynced tail trusted at recovery',
    file: RECOVERY,
    replace: 'if (current === undefined) return this.#cut();',
    by: 'return this.#cut();',
    why: 'what a killed process had written, but not synced, is believed and then lost with the power',
  },
  {
    name: 'torn tail not cut',
    file: RECOVERY,
    replace: 'if (this.#torn === undefined) return this.#syncSpares(0);',
    by: 'if (this.#torn !== undefined || this.#torn === undefined) return this.#syncSpares(0);',
    why: 'remains of a torn batch lie behind the next one, where there must be zeros',
  },
  {
    name: 'torn batch believed',
    file: SEGMENT_SCAN,
    replace: 'if (missing <= 0) throw',
    by: 'if (missing <= 0 || missing > 0) throw',
    why: 'a replica refuses to start after every torn write',
  },
  {
    name: 'segment in use before its name is on disk',
    file: SEGMENT,
    replace:
      '  files.syncDirectory((syncError) => {\n    if (syncError !== undefined) return done(syncError, undefined as never);\n    files.open(',
    by: '  files.list((syncError) => {\n    if (syncError !== undefined) return done(syncError, undefined as never);\n    files.open(',
    why: 'a loss of power takes away the file with all that was synced in it',
  },
  {
    name: 'entries read back in the order of writing',
    file: RECOVERY,
    replace: 'if (record.entry.slot > this.#chosen) this.#entries.set(record.entry.slot, record.entry);',
    by: 'if (record.entry.slot > this.#chosen && !this.#entries.has(record.entry.slot)) {\n          this.#entries.set(record.entry.slot, record.entry);\n        }',
    why: 'of two acceptances of a slot the older one is remembered',
  },
  {
    name: 'promise read back lower',
    file: RECOVERY,
    replace: 'if (compareBallots(record.ballot, this.#promised) > 0) this.#promised = record.ballot;',
    by: 'if (this.#promised === BALLOT_NONE) this.#promised = record.ballot;',
    why: 'an acceptor that has forgotten its promise accepts in a lower ballot',
  },
];
