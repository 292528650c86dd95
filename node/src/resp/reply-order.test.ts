import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ReplyOrder } from './reply-order.ts';

test('answers come out in the order of their requests, whatever the order in which they are given', () => {
  const step = fc.oneof(fc.constant('open' as const), fc.nat({ max: 200 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const replies = new ReplyOrder();
      const due: number[] = [];
      const out: number[] = [];
      let opened = 0;
      for (const each of steps) {
        if (each === 'open') {
          const reply = replies.open('GET', 'door', 2, 0);
          reply.bytes = opened;
          opened += 1;
          due.push(reply.token);
        } else if (due.length > 0) {
          const [token] = due.splice(each % due.length, 1) as [number];
          replies.at(token).done = true;
        }
        for (let ready = replies.ready(); ready !== undefined; ready = replies.ready()) {
          out.push(ready.bytes);
          replies.shift();
        }
      }
      assert.equal(replies.length, opened - out.length);
      assert.deepEqual(
        out,
        Array.from(out, (_, index) => index),
      );
    }),
  );
});

test('a token that is not outstanding is a bug', () => {
  const replies = new ReplyOrder();
  const { token } = replies.open('GET', 'door', 2, 0);
  replies.shift();
  assert.throws(() => replies.at(token), /settled once/);
});
