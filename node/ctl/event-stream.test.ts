import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { eventsOf } from './event-stream.ts';

const STREAM =
  'retry: 500\nid: 0\nevent: created\ndata: {"from":1}\n\n: alive\n\nevent: change\ndata: {"a":"ü"}\n\nevent: ended\ndata: {}\n\n';

test('eventsOf() finds the events however the bytes are cut', async () => {
  const bytes = Buffer.from(STREAM);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
      const ends = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = ends.slice(1).map((end, index) => bytes.subarray(ends[index], end));
      const events: string[] = [];
      for await (const { event, data } of eventsOf(
        Readable.from(
          chunks.filter((chunk) => chunk.length > 0),
          { objectMode: false },
        ) as IncomingMessage,
      )) {
        events.push(`${event} ${data}`);
      }
      assert.deepEqual(events, ['created {"from":1}', 'change {"a":"ü"}', 'ended {}']);
    }),
    { numRuns: 100 },
  );
});
