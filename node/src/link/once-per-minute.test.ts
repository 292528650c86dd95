import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OncePerMinute } from './once-per-minute.ts';

test('OncePerMinute passes() lets each key through once a minute', () => {
  const reports = new OncePerMinute();
  assert.equal(reports.passes('a', 0), true);
  assert.equal(reports.passes('a', 59_999), false);
  assert.equal(reports.passes('b', 59_999), true);
  assert.equal(reports.passes('a', 60_000), true);
});

test('OncePerMinute passes() holds a bounded number of keys, and makes room when they age', () => {
  const reports = new OncePerMinute();
  for (let key = 0; key < 1_024; key += 1) assert.equal(reports.passes(String(key), 0), true);
  assert.equal(reports.passes('one too many', 1), false);
  assert.equal(reports.passes('one too many', 60_000), true);
});
