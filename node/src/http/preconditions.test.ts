import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { percentDecode, percentEncode } from './percent.ts';
import { conditionHolds } from '../kv/condition.ts';
import { KeyRecord } from '../kv/key-record.ts';
import { conditionOf, judge, parsePreconditions } from './preconditions.ts';

const header = fc.option(
  fc.oneof(
    fc.constantFrom('*', '"foreign"'),
    fc
      .array(fc.tuple(fc.constantFrom('', 'W/'), fc.integer({ min: 1, max: 4 })), {
        minLength: 1,
        maxLength: 3,
      })
      .map((tags) => tags.map(([weak, revision]) => `${weak}"${revision}"`).join(', ')),
  ),
  { nil: undefined },
);

test('the store judges a condition as judge() does, in every state of a key', () => {
  fc.assert(
    fc.property(header, header, fc.integer({ min: 0, max: 5 }), (ifMatch, ifNoneMatch, revision) => {
      const preconditions = parsePreconditions(ifMatch, ifNoneMatch);
      const { kind, expected } = conditionOf(preconditions);
      const record = revision === 0 ? undefined : new KeyRecord('k', '', 1, revision, 1, 0, 1);
      assert.equal(conditionHolds(record, kind, expected), judge(preconditions, revision) === undefined);
    }),
  );
});

test('percentDecode() undoes percentEncode() for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const key = Buffer.from(bytes).toString('latin1');
      const encoded = percentEncode(key);
      assert.match(encoded, /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
      assert.equal(percentDecode(encoded), key);
    }),
  );
});
