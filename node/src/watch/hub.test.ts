import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Store } from '../kv/store.ts';
import type { ChangeEvent } from './change-event.ts';
import { CHANGES_PER_TURN_MAX } from './limits.ts';
import { Recorder } from './testing/recorder.ts';
import { WatchedStore } from './testing/watched-store.ts';
import { Watch } from './watch.ts';

test('watches of a key and of a prefix get what concerns them, with what was there before', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  watched.watch(recorder, { key: 'a', isPrefix: false, tag: 1 });
  watched.watch(recorder, { key: 'a', tag: 2 });
  watched.run('SET', 'a', '1');
  watched.run('SET', 'ab', '2');
  watched.run('SET', 'b', '3');
  watched.run('SET', 'a', '4');
  watched.run('DEL', 'a');
  watched.settle();
  assert.deepEqual(recorder.story(1), ['1:a=1', '4:a=4(1)', '5:delete a(4)']);
  assert.deepEqual(recorder.story(2), ['1:a=1', '2:ab=2', '4:a=4(1)', '5:delete a(4)']);
});

test('a transaction comes as one change, its events in order, a change of a deadline is a put, an expiry says so', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  watched.watch(recorder);
  watched.transaction(['SET', 'a', '1'], ['SET', 'a', '2'], ['SET', 'b', '3'], ['DEL', 'a']);
  watched.run('RENAME', 'b', 'c');
  watched.run('PEXPIRE', 'c', '500');
  watched.settle();
  watched.store.expireDue(2_000, 10);
  watched.settle();
  assert.deepEqual(recorder.story(), [
    '1:a=1 a=2(1) b=3 delete a(2)',
    '2:c=3 delete b(3)',
    '3:c=3(3)',
    '4:expire c(3)',
  ]);
  assert.equal(recorder.changes[2]?.events[0]?.expiresAtMs, 1_500);
});

test('a flush is one event that everybody gets, in its place in a transaction', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  for (let index = 0; index < 1_000; index += 1) watched.run('SET', `k${index}`, 'x');
  watched.watch(recorder, { key: 'nobody', isPrefix: false, tag: 1 });
  watched.watch(recorder, { key: 'k', tag: 2 });
  watched.transaction(['SET', 'k', '1'], ['FLUSHALL'], ['SET', 'k', '2']);
  watched.settle();
  assert.deepEqual(recorder.story(1), ['1001:clear']);
  assert.deepEqual(recorder.story(2), ['1001:k=1 clear k=2']);
});

test('nothing is handed over while a command runs', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  watched.watch(recorder);
  watched.run('SET', 'a', '1');
  assert.deepEqual(recorder.changes, []);
  watched.settle();
  assert.equal(recorder.flushes, 1);
});

test('a watch begins in the past, goes on in the present, and its bookmark says how far it is', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  for (let index = 1; index <= 5; index += 1) watched.run('SET', 'k', String(index));
  const watch = watched.watch(recorder, { from: 3 });
  assert.equal(watched.hub.sentThrough(watch), 2);
  recorder.room = 2;
  watched.settle();
  assert.equal(watched.hub.sentThrough(watch), 4);
  watched.run('SET', 'k', '6');
  recorder.room = 1;
  watched.hub.wake(watch);
  watched.settle();
  assert.equal(watched.hub.sentThrough(watch), 5);
  recorder.room = 10;
  watched.hub.wake(watch);
  watched.settle();
  assert.equal(watched.hub.sentThrough(watch), 6);
  watched.run('SET', 'k', '7');
  assert.equal(watched.hub.sentThrough(watch), 6, 'what waits is not sent');
  watched.settle();
  assert.deepEqual(recorder.story(), ['3:k=3(2)', '4:k=4(3)', '5:k=5(4)', '6:k=6(5)', '7:k=7(6)']);
});

test('a watch from a revision that is not applied yet waits for it, without a bookmark below it', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  const watch = watched.watch(recorder, { from: 3 });
  watched.run('SET', 'k', '1');
  watched.settle();
  assert.equal(watched.hub.sentThrough(watch), undefined);
  watched.run('SET', 'k', '2');
  assert.equal(watched.hub.sentThrough(watch), 2);
  watched.run('SET', 'k', '3');
  watched.settle();
  assert.deepEqual(recorder.story(), ['3:k=3(2)']);
});

test('what is compacted is refused with the revision from which on one can resume', () => {
  const watched = new WatchedStore({ historyEventsMax: 3 });
  const recorder = new Recorder();
  for (let index = 1; index <= 5; index += 1) watched.run('SET', 'k', String(index));
  const refused = watched.ask(recorder, { from: 2 });
  assert.ok(!(refused instanceof Watch));
  assert.deepEqual([refused.code, refused.resumeFrom], ['compacted', 3]);
  watched.watch(recorder, { from: refused.resumeFrom });
  watched.settle();
  assert.deepEqual(recorder.story(), ['3:k=3(2)', '4:k=4(3)', '5:k=5(4)']);
});

test('a watch that falls behind the history while it catches up ends as compacted', () => {
  const watched = new WatchedStore({ historyEventsMax: 3 });
  const recorder = new Recorder();
  for (let index = 1; index <= 3; index += 1) watched.run('SET', 'k', String(index));
  const watch = watched.watch(recorder, { from: 1 });
  recorder.room = 1;
  watched.settle();
  for (let index = 4; index <= 8; index += 1) watched.run('SET', 'k', String(index));
  recorder.room = 10;
  watched.hub.wake(watch);
  watched.settle();
  assert.deepEqual(recorder.story(), ['1:k=1']);
  assert.deepEqual(
    recorder.ends.map(({ end }) => [end.code, end.resumeFrom]),
    [['compacted', 6]],
  );
});

test('a slow watcher is cut with the revision to resume from, and misses nothing by it', () => {
  const watched = new WatchedStore({ queueEventsMax: 3 });
  const recorder = new Recorder();
  watched.watch(recorder);
  watched.run('SET', 'k', '1');
  watched.settle();
  recorder.room = 1;
  for (let index = 2; index <= 9; index += 1) {
    watched.run('SET', 'k', String(index));
    watched.settle();
  }
  const [ended] = recorder.ends;
  assert.deepEqual([ended?.end.code, ended?.end.resumeFrom], ['slow', 3]);
  assert.equal(watched.hub.counts.queuedBytes, 0);
  recorder.room = 100;
  watched.watch(recorder, { from: ended?.end.resumeFrom ?? 0 });
  watched.settle();
  assert.deepEqual(
    recorder.changes.map(({ revision }) => revision),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test('a slow watcher whose place is not remembered any more is told so, and not to go on there', () => {
  const watched = new WatchedStore({ queueEventsMax: 3, historyEventsMax: 4 });
  const recorder = new Recorder();
  watched.watch(recorder);
  watched.run('SET', 'k', '1');
  watched.settle();
  recorder.room = 1;
  for (let index = 2; index <= 40; index += 1) watched.run('SET', 'k', String(index));
  watched.settle();
  const [ended] = recorder.ends;
  assert.equal(ended?.end.code, 'compacted');
  const from = ended?.end.resumeFrom ?? 0;
  assert.ok(from > 30, `${from}`);
  recorder.room = 100;
  assert.ok(watched.watch(recorder, { from }) instanceof Watch);
});

test('a transaction larger than a queue is delivered all the same', () => {
  const watched = new WatchedStore({ queueEventsMax: 2, historyEventsMax: 2 });
  const recorder = new Recorder();
  watched.watch(recorder);
  watched.transaction(...[1, 2, 3, 4, 5].map((value) => ['SET', `k${value}`, 'x']));
  watched.settle();
  assert.equal(recorder.changes[0]?.events.length, 5);
  watched.watch(recorder, { from: 1, tag: 7 });
  watched.settle();
  assert.equal(recorder.story(7).length, 1);
});

test('all slow watchers together have a limit', () => {
  const watched = new WatchedStore({ queuesBytesMax: 2_000 });
  const recorders = Array.from({ length: 4 }, () => new Recorder());
  for (const recorder of recorders) {
    recorder.room = 0;
    watched.watch(recorder);
  }
  for (let index = 0; index < 5; index += 1) watched.run('SET', 'k', 'x'.repeat(200));
  watched.settle();
  assert.ok(watched.hub.counts.queuedBytes <= 2_000);
  assert.ok(watched.hub.counts.ended.slow > 0);
});

test('after a jump of the state whoever may have missed something ends as compacted, others go on', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  watched.run('SET', 'k', '1');
  watched.watch(recorder, { tag: 1 });
  watched.watch(recorder, { tag: 2, from: 9 });
  const restored = new Store();
  const header = { ...watched.store.openView().header, revision: 5, keys: 0 };
  restored.beginRestore(header);
  restored.endRestore(0);
  watched.hub.follow(restored);
  assert.deepEqual(
    recorder.ends.map(({ tag, end }) => [tag, end.code, end.resumeFrom]),
    [[1, 'compacted', 6]],
  );
  const refused = watched.ask(recorder, { from: 5 });
  assert.ok(!(refused instanceof Watch) && refused.code === 'compacted');
  watched.watch(recorder, { tag: 3, from: 6 });
  for (let revision = 6; revision <= 9; revision += 1) {
    restored.execute(2, ['k', String(revision)], { nowMs: 1, random: 0 });
  }
  watched.settle();
  assert.deepEqual(recorder.story(2), ['9:k=9(8)']);
  assert.equal(recorder.story(3).length, 4);
});

test('closing tells everybody where to go on, and nobody begins any more', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  watched.run('SET', 'k', '1');
  watched.watch(recorder, { tag: 1 });
  watched.watch(recorder, { tag: 2, from: 1 });
  watched.run('SET', 'k', '2');
  watched.hub.close();
  assert.deepEqual(
    recorder.ends.map(({ tag, end }) => [tag, end.code, end.resumeFrom]),
    [
      [1, 'closing', 2],
      [2, 'closing', 1],
    ],
  );
  watched.settle();
  assert.deepEqual(recorder.changes, []);
  const refused = watched.ask(recorder);
  assert.ok(!(refused instanceof Watch) && refused.code === 'closing');
});

test('more watches than the limit are refused, a cancelled one makes room', () => {
  const watched = new WatchedStore({ watchesMax: 1 });
  const recorder = new Recorder();
  const watch = watched.watch(recorder);
  const refused = watched.ask(recorder);
  assert.ok(!(refused instanceof Watch) && refused.code === 'too-many');
  watched.hub.cancel(watch);
  watched.watch(recorder, { tag: 1 });
  watched.run('SET', 'k', '1');
  watched.settle();
  assert.deepEqual(recorder.story(0), []);
  assert.equal(recorder.story(1).length, 1);
});

test('an event of very many watchers goes out in several turns', () => {
  const watched = new WatchedStore();
  const recorder = new Recorder();
  for (let tag = 0; tag < 2 * CHANGES_PER_TURN_MAX; tag += 1) watched.watch(recorder, { tag });
  watched.run('SET', 'k', '1');
  watched.turn();
  assert.equal(recorder.changes.length, CHANGES_PER_TURN_MAX);
  watched.settle();
  assert.equal(recorder.changes.length, 2 * CHANGES_PER_TURN_MAX);
});

type Step =
  | { readonly kind: 'set' | 'delete'; readonly keys: readonly string[] }
  | { readonly kind: 'clear' | 'turn' }
  | { readonly kind: 'watch'; readonly key: string; readonly isPrefix: boolean; readonly from: number }
  | { readonly kind: 'room'; readonly room: number };

const keys = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: setOrDelete() },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'turn' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('watch' as const),
      key: keys,
      isPrefix: fc.boolean(),
      from: fc.integer({ min: 0, max: 30 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('room' as const), room: fc.nat(4) }) },
);

function setOrDelete(): fc.Arbitrary<Step> {
  return fc.record({
    kind: fc.constantFrom('set' as const, 'delete' as const),
    keys: fc.array(keys, { minLength: 1, maxLength: 4 }),
  });
}

test('whatever happens, a watch gets what a filter of all changes gives, up to its bookmark or its end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 12 }), (steps, eventsMax) => {
      const watched = new WatchedStore({ historyEventsMax: eventsMax, queueEventsMax: 5 });
      const all: ChangeEvent[] = [];
      const everything = new Recorder();
      const recorder = new Recorder();
      watched.watch(everything);
      const watches: Watch[] = [];
      for (const one of steps) {
        perform(watched, recorder, watches, one);
        // The oracle must never be slow itself.
        if (one.kind === 'set' || one.kind === 'delete' || one.kind === 'clear') watched.turn();
      }
      for (const { events } of everything.changes) all.push(...events);
      for (const watch of watches) {
        const end = recorder.ends.find(({ tag }) => tag === watch.tag)?.end;
        const got = recorder.changes.filter(({ tag }) => tag === watch.tag);
        const last = got.at(-1)?.revision ?? watch.from - 1;
        const through = end?.code === 'slow' ? end.resumeFrom - 1 : (watched.hub.sentThrough(watch) ?? last);
        const wanted = all.filter(
          (event) =>
            event.revision >= watch.from &&
            event.revision <= through &&
            watch.wants(event.kind === 'clear' ? undefined : event.key),
        );
        assert.deepEqual(got.flatMap(({ events }) => events).map(alone), wanted.map(alone));
        const revisions = got.map(({ revision }) => revision);
        assert.deepEqual(revisions, [...new Set(wanted.map(({ revision }) => revision))]);
      }
    }),
    { numRuns: 300 },
  );
});

test('a revision that is too large ends whose it is as compacted, and nobody hears a part of it', () => {
  const watched = new WatchedStore({ revisionBytesMax: 1_000 });
  const recorder = new Recorder();
  const slow = new Recorder();
  slow.room = 0;
  watched.watch(recorder, { tag: 1 });
  watched.watch(recorder, { key: 'other', isPrefix: false, tag: 2 });
  watched.run('SET', 'before', '1');
  watched.watch(slow, { from: 1, tag: 3 });
  watched.transaction(['SET', 'a', '1'], ['SET', 'b', 'x'.repeat(1_000)], ['SET', 'c', '1']);
  watched.run('SET', 'other', '1');
  slow.room = Infinity;
  watched.settle();
  const ends = [...recorder.ends, ...slow.ends].map(({ tag, end }) => [tag, end.code, end.resumeFrom]);
  assert.deepEqual(ends, [
    [1, 'compacted', 3],
    [3, 'compacted', 3],
  ]);
  assert.deepEqual([...recorder.story(1), ...recorder.story(2), ...slow.story(3)], ['3:other=1']);
  const refused = watched.ask(recorder, { from: 2 });
  assert.ok('code' in refused && refused.code === 'compacted');
  watched.watch(recorder, { from: 3, tag: 4 });
  watched.settle();
  assert.deepEqual(recorder.story(4), ['3:other=1']);
});

/** Whether others got it, too, is of no concern here. */
function alone(event: ChangeEvent): object {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'isShared'));
}

function perform(watched: WatchedStore, recorder: Recorder, watches: Watch[], one: Step): void {
  switch (one.kind) {
    case 'set':
      return watched.transaction(...one.keys.map((key) => ['SET', key, `${key}!`]));
    case 'delete':
      return watched.transaction(...one.keys.map((key) => ['DEL', key]));
    case 'clear':
      return watched.run('FLUSHALL');
    case 'turn':
      watched.turn();
      return undefined;
    case 'watch': {
      const { key, isPrefix, from } = one;
      const request = { key, isPrefix, from: from === 0 ? undefined : from, tag: watches.length + 1 };
      const watch = watched.ask(recorder, request);
      if (watch instanceof Watch) watches.push(watch);
      return undefined;
    }
    case 'room':
      recorder.room = one.room;
      for (const watch of watches) watched.hub.wake(watch);
      return undefined;
  }
}
