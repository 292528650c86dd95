/**
 * The same random requests to us and to `ioredis-mock`, an independent Redis in memory. It forgives what
 * Redis refuses, so it gets only what we have accepted, less what it does otherwise than Redis.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import RedisMock from 'ioredis-mock';
import { RealCluster } from './testing/real-cluster.ts';
import { dataRequestArbitrary, type Words } from './testing/requests.arbitrary.ts';
import { type ReplyValue, RespConnection, valueOf } from './testing/resp-connection.ts';
import { isSameApartFromOrderAndClock } from './testing/same-reply.ts';

const RUNS = Number(process.env['PAXOSKV_TEST_RUNS'] ?? 250);

/** What the mock does otherwise than Redis, and the requests that it is spared for that. */
const MOCK_DIFFERENCES: readonly { readonly why: string; readonly excludes: (words: Words) => boolean }[] = [
  { why: 'it has no COPY and no TOUCH', excludes: isOne('COPY', 'TOUCH') },
  {
    why: 'it takes an empty key for a missing one, and an empty value for none',
    excludes: (words) => words.includes(''),
  },
  {
    why: 'it ignores the conditions of EXPIRE and its like',
    excludes: (words) => /EXPIRE/.test(nameOf(words)) && words.length > 3,
  },
  {
    why: 'it has no SCAN of a type',
    excludes: (words) => nameOf(words) === 'SCAN' && words.includes('TYPE'),
  },
  {
    why: 'it knows the options of SET in capitals only',
    excludes: (words) => nameOf(words) === 'SET' && /[a-z]/.test(words.slice(3).join('')),
  },
  {
    why: 'it loses a key that is renamed to itself',
    excludes: (words) => nameOf(words).startsWith('RENAME') && words[1] === words[2],
  },
  { why: 'it puts the zeros of SETRANGE before the value', excludes: isOne('SETRANGE') },
  { why: 'it takes the ^ of a pattern for a character', excludes: (words) => words.includes('[^a]') },
  { why: 'it counts in doubles', excludes: (words) => words.some((word) => /^-?\d{15,}$/.test(word)) },
  { why: 'it counts in binary fractions, Redis in decimal ones', excludes: isOne('INCRBYFLOAT') },
  {
    why: 'it fails at ranges of an absent key, and takes negative offsets otherwise',
    excludes: isOne('GETRANGE', 'SUBSTR'),
  },
  { why: 'it has its own opinion of encodings, and FREQ never fails', excludes: isOne('OBJECT') },
];

const historyArbitrary = fc.array(
  dataRequestArbitrary.filter((words) => !MOCK_DIFFERENCES.some(({ excludes }) => excludes(words))),
  { minLength: 1, maxLength: 40 },
);

type Method = (...args: readonly string[]) => Promise<ReplyValue>;

test('random requests are answered as by ioredis-mock', async (t) => {
  const cluster = await RealCluster.start(t, 1);
  const connection = await RespConnection.open(cluster.address(0).redisPort);
  t.after(() => connection.close());
  const mock = new RedisMock();
  t.after(() => mock.disconnect());
  await fc.assert(
    fc.asyncProperty(historyArbitrary, async (history) => {
      const [, ...replies] = await connection.pipeline([['FLUSHALL'], ...history]);
      await mock.flushall();
      for (const [index, words] of history.entries()) {
        const ours = valueOf(replies[index] ?? '-lost\r\n');
        if (ours instanceof Error) continue;
        const method = (mock as unknown as Record<string, Method>)[nameOf(words).toLowerCase()];
        const theirs = await method?.call(mock, ...words.slice(1));
        assert.ok(
          JSON.stringify(ours) === JSON.stringify(theirs) ||
            isSameApartFromOrderAndClock(words, ours, theirs ?? null),
          `${JSON.stringify(words)}: ${JSON.stringify(ours)}, the mock ${JSON.stringify(theirs)}`,
        );
      }
    }),
    { numRuns: RUNS },
  );
});

function nameOf(words: Words): string {
  return words[0]?.toUpperCase() ?? '';
}

function isOne(...names: readonly string[]): (words: Words) => boolean {
  return (words) => names.includes(nameOf(words));
}
