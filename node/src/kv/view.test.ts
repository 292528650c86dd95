import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { START_MS, logArbitrary, queued } from './commands.arbitrary.ts';
import type { LogStep } from './commands.arbitrary.ts';
import { imageOf } from './key-record.ts';
import type { RecordImage } from './key-record.ts';
import { VIEWS_OPEN_MAX } from './limits.ts';
import { Store } from './store.ts';
import type { View } from './view.ts';

function perform(store: Store, step: LogStep): void {
  if (step.kind === 'expire') store.expireDue(step.stampMs, step.keysMax);
  else store.execute(step.code, step.args, { nowMs: step.nowMs, random: 0.5 });
}

function set(store: Store, key: string, value: string): void {
  const { code, args } = queued(['SET', key, value]);
  store.execute(code, args, { nowMs: START_MS, random: 0 });
}

function copyOf(store: Store): RecordImage[] {
  return [...store.from('')].map(([, record]) => imageOf(record));
}

test('View shows what the store held when it was opened, in key order, whatever changes meanwhile', () => {
  const schedule = fc.array(fc.constantFrom('read first', 'read second', 'change', 'change'), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(logArbitrary, logArbitrary, logArbitrary, schedule, (before, between, during, turns) => {
      const store = new Store();
      for (const step of before) perform(store, step);
      const first = { expected: copyOf(store), view: store.openView(), images: [] as RecordImage[] };
      for (const step of between) perform(store, step);
      const second = { expected: copyOf(store), view: store.openView(), images: [] as RecordImage[] };
      const steps = during[Symbol.iterator]();
      for (const turn of turns) {
        if (turn === 'change') {
          const { value: step } = steps.next();
          if (step !== undefined) perform(store, step);
        } else {
          const reader = turn === 'read first' ? first : second;
          const image = reader.view.next();
          if (image !== undefined) reader.images.push(image);
        }
      }
      for (const step of steps) perform(store, step);
      for (const { view, images, expected } of [first, second]) {
        for (let image = view.next(); image !== undefined; image = view.next()) images.push(image);
        view.close();
        assert.deepEqual(images, expected);
        assert.equal(view.header.keys, expected.length);
      }
    }),
    { numRuns: 300 },
  );
});

test('View.next() returns records that never change afterwards', () => {
  const store = new Store();
  set(store, 'a', 'old');
  const view = store.openView();
  const image = view.next();
  set(store, 'a', 'new');
  assert.equal(image?.value, 'old');
  view.close();
});

test('View survives that every key is deleted', () => {
  const store = new Store();
  for (let index = 0; index < 1000; index += 1) set(store, `key:${index}`, 'x');
  const view = store.openView();
  const { code } = queued(['FLUSHALL']);
  store.execute(code, [], { nowMs: START_MS, random: 0 });
  set(store, 'key:1', 'y');
  let count = 0;
  for (let image = view.next(); image !== undefined; image = view.next()) {
    assert.equal(image.value, 'x');
    count += 1;
  }
  view.close();
  assert.equal(count, 1000);
});

test('Store openView() refuses when views are not closed', () => {
  const store = new Store();
  const views: View[] = [];
  for (let index = 0; index < VIEWS_OPEN_MAX; index += 1) views.push(store.openView());
  assert.throws(() => store.openView(), /views-are-closed/);
  for (const view of views) view.close();
  store.openView().close();
});
