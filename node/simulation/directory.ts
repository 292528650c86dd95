/**
 * The directory of a simulated disk: names now, names on disk, and the changes between the two. A loss
 * of power keeps some first part of the changes that no sync of the directory has covered: a journal
 * keeps their order, and promises nothing about how far it got.
 */
import type { Inode } from './inode.ts';
import type { Random } from './random.ts';

export type Change =
  | { readonly kind: 'create'; readonly name: string; readonly inode: Inode }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly name: string };

export class Directory {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  /** Done, not yet synced, oldest first. */
  #unsynced: Change[] = [];
  /** Asked for, not yet done, oldest first. */
  #underWay: Change[] = [];

  get names(): ReadonlyMap<string, Inode> {
    return this.#names;
  }

  begin(change: Change): void {
    this.#underWay.push(change);
  }

  /** Performs a change that began; the error's code when it can't be. */
  finish(change: Change): 'EEXIST' | 'ENOENT' | undefined {
    this.#underWay.splice(this.#underWay.indexOf(change), 1);
    const error = perform(change, this.#names);
    if (error === undefined) this.#unsynced.push(change);
    return error;
  }

  /** What a sync that begins now will cover; `endSync` takes it. */
  beginSync(): readonly Change[] {
    return [...this.#unsynced];
  }

  endSync(covered: readonly Change[]): void {
    for (const change of covered) {
      // An overlapping sync may have covered it before.
      if (this.#unsynced[0] !== change) continue;
      this.#unsynced.shift();
      perform(change, this.#durableNames);
    }
  }

  /** The process is gone, the kernel is not: what was under way happens, or it does not. */
  loseProcess(random: Random): void {
    for (const change of this.#underWay) {
      const happens = random.chance(0.5);
      if (happens && perform(change, this.#names) === undefined) this.#unsynced.push(change);
    }
    this.#underWay = [];
  }

  /** What a copy of the volume made now would hold. */
  durableCopy(): Directory {
    const copy = new Directory();
    for (const [name, inode] of this.#durableNames) copy.#durableNames.set(name, inode.durableCopy());
    copy.#names = new Map(copy.#durableNames);
    return copy;
  }

  losePower(random: Random): void {
    const changes = [...this.#unsynced, ...this.#underWay];
    const kept = random.pick([0, changes.length, random.integer(0, changes.length)]);
    for (const change of changes.slice(0, kept)) perform(change, this.#durableNames);
    this.#names = new Map(this.#durableNames);
    this.#unsynced = [];
    this.#underWay = [];
    for (const inode of this.#names.values()) inode.losePower(random);
  }
}

function perform(change: Change, names: Map<string, Inode>): 'EEXIST' | 'ENOENT' | undefined {
  switch (change.kind) {
    case 'create':
      if (names.has(change.name)) return 'EEXIST';
      names.set(change.name, change.inode);
      return undefined;
    case 'rename': {
      const inode = names.get(change.from);
      if (inode === undefined) return 'ENOENT';
      names.delete(change.from);
      names.set(change.to, inode);
      return undefined;
    }
    case 'unlink':
      return names.delete(change.name) ? undefined : 'ENOENT';
  }
}
