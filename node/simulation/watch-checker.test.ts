/** The checker is checked: each way to break a word is noticed, and an honest story passes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeEvent } from '../src/watch/change-event.ts';
import type { NaiveChange } from './naive-store.ts';
import { WatchChecker } from './watch-checker.ts';
import type { Heard, Story } from './watchers.ts';

/** Revision 1 and 3: one key; 2: two keys, in a transaction; 4: another key. */
const KEYS: readonly (readonly [number, string])[] = [
  [1, 'a'],
  [2, 'b'],
  [2, 'c'],
  [3, 'a'],
  [4, 'x'],
];
const changes = KEYS.map(([revision, key]): NaiveChange => ({
  revision,
  kind: 'put',
  key,
  value: `${revision}`,
  previous: key === 'a' && revision === 3 ? '1' : undefined,
  deadlineMs: undefined,
}));

function put(revision: number, key: string): ChangeEvent {
  const isSecond = key === 'a' && revision === 3;
  const previous = isSecond ? '1' : undefined;
  return new ChangeEvent(
    'put',
    key,
    `${revision}`,
    previous,
    revision,
    isSecond ? 1 : revision,
    isSecond ? 2 : 1,
    0,
  );
}

function change(revision: number, ...keys: string[]): Heard {
  return { kind: 'change', revision, events: keys.map((key) => put(revision, key)) };
}
const bookmark = (revision: number): Heard => ({ kind: 'bookmark', revision });
const resumed = (from: number): Heard => ({ kind: 'resumed', from, place: 1 });

function check(heard: readonly Heard[], more: Partial<Story> = {}): void {
  const checker = new WatchChecker({ changes, revisionAt: (slot) => slot });
  checker.check([
    { watcher: 1, key: '', isPrefix: true, from: 1, slotAtCall: 0, heard: [...heard], ...more },
  ]);
}

test('an honest story passes, and so does one that was cut short', () => {
  check([]);
  check([change(1, 'a'), bookmark(1), change(2, 'b', 'c'), resumed(3), change(3, 'a'), bookmark(3)]);
  check([change(1, 'a'), change(3, 'a'), bookmark(9)], { key: 'a', isPrefix: false });
});

test('each word has its violation', () => {
  const first = change(1, 'a');
  const both = change(2, 'b', 'c');
  assert.throws(() => check([first], { slotAtCall: 1 }), /WatchBegins/);
  assert.throws(() => check([first, both, first]), /WatchOrdered/);
  assert.throws(() => check([first, first]), /WatchUnique/);
  assert.throws(() => check([first, change(3, 'a')]), /WatchReliable/);
  assert.throws(() => check([first, change(2, 'b')], { key: 'a' }), /WatchReliable/);
  assert.throws(() => check([first, change(2, 'b')]), /WatchAtomic/);
  assert.throws(() => check([first, change(2, 'c', 'b')]), /WatchAtomic/);
  assert.throws(() => check([first, resumed(3), change(3, 'a')]), /WatchResumable/);
  assert.throws(() => check([first, bookmark(2)]), /WatchBookmarked/);
});
