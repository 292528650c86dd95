import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Double, ErrorReply, MapReply, OK } from '../kv/reply.ts';
import { Failure } from '../replica/door.ts';
import { NO_REPLY, NULL_ARRAY } from './answer.ts';
import type { Answer } from './answer.ts';
import { encodeAnswer } from './encoder.ts';
import { replyBytesMax } from './limits.ts';

const CASES: readonly (readonly [string, Answer, string, string])[] = [
  ['a bulk string', 'h\xe9\r\n', '$4\r\nh\xe9\r\n\r\n', '$4\r\nh\xe9\r\n\r\n'],
  ['an empty bulk string', '', '$0\r\n\r\n', '$0\r\n\r\n'],
  ['a status', OK, '+OK\r\n', '+OK\r\n'],
  ['an integer', -7, ':-7\r\n', ':-7\r\n'],
  ['a big integer', 2n ** 63n - 1n, ':9223372036854775807\r\n', ':9223372036854775807\r\n'],
  ['nil', null, '$-1\r\n', '_\r\n'],
  ['a nil array', NULL_ARRAY, '*-1\r\n', '_\r\n'],
  ['nothing', NO_REPLY, '', ''],
  ['an error', new ErrorReply('ERR a\r\nb'), '-ERR a  b\r\n', '-ERR a  b\r\n'],
  ['a double', new Double(1.5), '$3\r\n1.5\r\n', ',1.5\r\n'],
  ['infinity', new Double(Number.NEGATIVE_INFINITY), '$4\r\n-inf\r\n', ',-inf\r\n'],
  ['an empty array', [], '*0\r\n', '*0\r\n'],
  [
    'nested arrays',
    [1, [null, 'a'], []],
    '*3\r\n:1\r\n*2\r\n$-1\r\n$1\r\na\r\n*0\r\n',
    '*3\r\n:1\r\n*2\r\n_\r\n$1\r\na\r\n*0\r\n',
  ],
  ['a map', new MapReply([['k', 1]]), '*2\r\n$1\r\nk\r\n:1\r\n', '%1\r\n$1\r\nk\r\n:1\r\n'],
];

for (const [what, answer, resp2, resp3] of CASES) {
  test(`${what} in both protocols`, () => {
    assert.equal(encodeAnswer(answer, 2), resp2);
    assert.equal(encodeAnswer(answer, 3), resp3);
  });
}

test('the two kinds of failure have code words of their own', () => {
  assert.match(encodeAnswer(new Failure('notDone', 'no leader'), 2), /^-CLUSTERDOWN no leader .*safe.*\r\n$/);
  assert.match(
    encodeAnswer(new Failure('unknown', 'timed out'), 2),
    /^-UNKNOWNOUTCOME timed out .*may.*\r\n$/,
  );
});

test('an answer over the limit becomes an error that names it', () => {
  const large = 'v'.repeat(8 * 1024 * 1024);
  const text = encodeAnswer(
    Array.from({ length: 100 }, () => large),
    2,
  );
  assert.match(text, new RegExp(`^-ERR the reply is over the limit of ${replyBytesMax} bytes`));
});
