/** Mutants of watching: a gap, a duplicate, half a transaction, a bookmark that lies. */
import type { Mutant } from './mutant.ts';

const HUB = 'src/watch/hub.ts';

export const WATCH_MUTANTS: readonly Mutant[] = [
  {
    name: 'watch that skips over what is compacted',
    file: HUB,
    replace: 'return from <= compactedThrough ? compacted(compactedThrough + 1) : undefined;',
    by: 'return undefined;',
    why: 'changes between are lost, and nobody is told',
  },
  {
    name: 'watch that skips over what was compacted while it caught up',
    file: HUB,
    replace: 'this.#end(watch, compacted(history.compactedThrough + 1));\n      return 1;',
    by: 'watch.position = history.first;',
    why: 'changes between are lost, and nobody is told',
  },
  {
    name: 'transaction handed over in parts',
    file: HUB,
    replace: 'while (end < queue.length && queue[end]?.revision === revision) end += 1;',
    by: '',
    why: 'a watcher sees a state that never was',
  },
  {
    name: 'last change heard twice by who resumes',
    file: HUB,
    replace: 'watch.position = this.#history.positionOf(from);',
    by: 'watch.position = this.#history.positionOf(from - 1);',
    why: 'a watcher that counts changes counts one twice',
  },
  {
    name: 'bookmark ahead of what waits',
    file: HUB,
    replace: 'return waiting === undefined ? this.#revision : waiting.revision - 1;',
    by: 'return this.#revision;',
    why: 'who resumes behind the bookmark misses what was still waiting',
  },
  {
    name: 'bookmark ahead of a watch that catches up',
    file: HUB,
    replace: 'return watch.passed;',
    by: 'return this.#revision;',
    why: 'who resumes behind the bookmark misses what was still to be read',
  },
  {
    name: 'live watch that was not yet caught up',
    file: HUB,
    replace: 'if (changes >= changesMax || watch.position >= stop) {',
    by: 'if (changes >= 1) break;\n      if (watch.position >= stop) {',
    why: 'changes between the history and the present are lost',
  },
  {
    name: 'revision that was too large told in part',
    file: HUB,
    replace: 'else this.#giveUp(watch, revision);',
    by: '',
    why: 'a watcher misses changes, and is not told',
  },
  {
    name: 'slow watcher sent to the present',
    file: HUB,
    replace: 'compacted(compactedThrough + 1) : slow(from)',
    by: 'compacted(compactedThrough + 1) : slow(this.#revision + 1)',
    why: 'what had waited for it is lost',
  },
  {
    name: 'expiry not told to watchers',
    file: 'src/kv/store.ts',
    replace: 'this.#listener.removed(record, this.#revision, expired);',
    by: 'if (!expired) this.#listener.removed(record, this.#revision, expired);',
    why: 'a cache keeps what is gone',
  },
  {
    // No replica of a run installs a snapshot over a store that somebody watches.
    name: 'watch that survives a jump of the state',
    file: HUB,
    replace: 'const isJump = revision !== this.#revision;',
    by: 'const isJump = false;',
    why: 'what the snapshot skipped is lost, and nobody is told',
    seenBy: {
      file: 'src/watch/hub.test.ts',
      name: 'after a jump of the state whoever may have missed something ends as compacted, others go on',
    },
  },
];
