import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Double, ErrorReply, MapReply, OK, Status } from './reply.ts';
import type { Reply } from './reply.ts';
import { replyOfText, replyText } from './reply-text.ts';

const text = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });

const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constant(null),
    fc.constant(OK),
    text,
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double().map((value) => new Double(value)),
    text.map((each) => new Status(each)),
    text.map((each) => new ErrorReply(each)),
    fc.array(tie('reply'), { maxLength: 4 }),
    fc.array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 3 }).map((entries) => new MapReply(entries)),
  ),
}));

test('any reply comes back from its text as it was', () => {
  fc.assert(
    fc.property(reply, (given) => {
      const kept = replyText(given, Number.POSITIVE_INFINITY);
      assert(kept !== undefined);
      assert.deepEqual(replyOfText(kept), given);
      assert.equal(replyText(given, kept.length), kept);
      assert.equal(replyText(given, kept.length - 1), undefined);
    }),
  );
  assert.equal(replyOfText(replyText(OK, 10) ?? ''), OK);
});

test('a reply over the limit is given up early, however long it is', () => {
  const element = 'x'.repeat(1_000);
  let read = 0;
  const counted = {
    length: 1_000_000,
    *[Symbol.iterator]() {
      for (; read < 1_000_000; read += 1) yield element;
    },
  };
  assert.equal(replyText([element, element], 1_500), undefined);
  assert.equal(replyText(counted as unknown as Reply[], 10_000), undefined);
  assert.ok(read < 20, `${read} elements were looked at`);
});

test('a text that replyText did not give is a bug of ours (reply-text-is-whole)', () => {
  for (const bad of ['', 'x', '$5:', '#1', '_ ', '*2:_']) {
    assert.throws(() => replyOfText(bad), /reply-text-is-whole/, bad);
  }
});
