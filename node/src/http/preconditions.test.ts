import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { percentDecode, percentEncode } from './percent.ts';
import { judge, parsePreconditions, singleCondition } from './preconditions.ts';

const header = fc.option(
  fc.oneof(
    fc.constant('*'),
    fc
      .array(fc.tuple(fc.constantFrom('', 'W/'), fc.integer({ min: 1, max: 4 })), {
        minLength: 1,
        maxLength: 3,
      })
      .map((tags) => tags.map(([weak, revision]) => `${weak}"${revision}"`).join(', ')),
  ),
  { nil: undefined },
);

test('singleCondition() and judge() agree on every state of a key', () => {
  fc.assert(
    fc.property(header, header, fc.integer({ min: 0, max: 5 }), (ifMatch, ifNoneMatch, revision) => {
      const preconditions = parsePreconditions(ifMatch, ifNoneMatch);
      const condition = singleCondition(preconditions);
      if (condition === undefined) return;
      const holds =
        condition.kind === '' ||
        (condition.kind === 'absent' && revision === 0) ||
        (condition.kind === 'exists' && revision !== 0) ||
        (condition.kind === 'match' && revision === condition.revision);
      assert.equal(holds, judge(preconditions, revision) === undefined);
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
