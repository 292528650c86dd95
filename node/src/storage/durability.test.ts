import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Durability } from './durability.ts';

test('who waits is called in order, once, when what was given before is written, also from within a call', () => {
  const durability = new Durability();
  const called: string[] = [];
  const wait = (name: string, then = (): void => undefined): void =>
    durability.wait(() => {
      called.push(name);
      then();
    });
  durability.given();
  wait('first', () => {
    wait('from within');
    durability.call();
  });
  wait('with it');
  durability.given();
  wait('second');
  durability.call();
  assert.deepEqual(called, []);
  durability.written(1);
  durability.call();
  assert.deepEqual(called, ['first', 'with it']);
  durability.written(1);
  durability.call();
  durability.call();
  assert.deepEqual(called, ['first', 'with it', 'second', 'from within']);
});
