import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeRecord, isBatchRecord } from '../codec/record.ts';
import type { Fact } from '../paxos/message.ts';
import { Batch } from './batch.ts';
import { completion } from './completion.ts';
import { appended, closed, entry, opened, readAll, REPLICA, text } from './log-under-test.ts';
import type { Recovered } from './log-options.ts';
import { MemoryFiles } from './memory-files.ts';
import { recover, type Recovery } from './recovery.ts';
import { SECTOR_BYTES } from './sectors.ts';
import { endOfNonzero } from './zeros.ts';

type Images = Map<string, Uint8Array>;

const SEGMENT_BYTES = 8 * SECTOR_BYTES;

/** Values from nothing to several sectors; some are zeros, some zeros with one byte at an end. */
const value = fc.tuple(fc.integer({ min: 0, max: 1_500 }), fc.constantFrom('text', 'zeros', 'edge'));
const batchOfValues = fc.array(value, { minLength: 1, maxLength: 6 });

test('a batch that was not synced is there as a whole or not at all, whichever sectors are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(batchOfValues, { maxLength: 5 }),
      batchOfValues,
      fc.infiniteStream(fc.boolean()),
      async (synced, last, coin) => {
        const { before, after, facts, factsBefore } = await logImages(synced, last);
        const torn = mixed(before, after, coin);
        const files = new MemoryFiles(torn);
        const first = await openedSmall(files);
        const isWhole = factsOf(first.recovered) > factsBefore;
        assert.equal(factsOf(first.recovered), isWhole ? facts.length : factsBefore);
        assert.deepEqual(
          first.recovered.entries.map(text),
          textsOf(facts.slice(0, factsOf(first.recovered))),
        );

        // Power is lost again while the tail is cut, or while the start is written.
        const cut = new MemoryFiles(torn);
        await completion<Recovery>((done) => recover(cut, 0, done));
        for (const [earlier, later] of [
          [torn, cut.images()],
          [cut.images(), files.images()],
        ] as const) {
          const again = await openedSmall(new MemoryFiles(mixed(earlier, later, coin)));
          assert.deepEqual(again.recovered.entries.map(text), first.recovered.entries.map(text));
        }

        // And the log goes on.
        await appended(first.log, [entry(1_000, 'next')]);
        await closed(first.log);
        const third = await openedSmall(files);
        assert.equal(third.recovered.cutBytes, 0);
        assert.deepEqual(third.recovered.entries.map(text), [
          ...first.recovered.entries.map(text),
          '1000:next',
        ]);
      },
    ),
    { numRuns: 300 },
  );
});

test('nothing is lost when every sector of the last batch is there, and only it when none is', async () => {
  const { before, after, facts, factsBefore } = await logImages([[[700, 'text']]], [[1_500, 'zeros']]);
  const whole = await openedSmall(new MemoryFiles(after));
  assert.equal(factsOf(whole.recovered), facts.length);
  const none = await openedSmall(new MemoryFiles(before));
  assert.equal(factsOf(none.recovered), factsBefore);
  assert.equal(none.recovered.cutBytes, 0);
});

test('a changed bit in what was synced is refused; one in the zeros behind loses nothing', async () => {
  const { after, facts } = await logImages(
    [
      [[900, 'text']],
      [
        [1_300, 'zeros'],
        [40, 'text'],
      ],
      [[1_200, 'edge']],
      [[10, 'text']],
      [[1_400, 'text']],
    ],
    [
      [1_100, 'zeros'],
      [600, 'edge'],
      [30, 'text'],
    ],
  );
  const names = [...after.keys()].toSorted();
  const lastWritten = names.findLast((name) => endOfNonzero(imageOf(after, name), 0) > 0);
  assert.ok(names.length >= 3);
  for (const name of names) {
    const image = imageOf(after, name);
    const written = name === lastWritten ? endOfNonzero(image, 0) : 0;
    for (let offset = 0; offset < image.length; offset += 1) {
      const flipped = Uint8Array.from(image);
      flipped[offset] = (flipped[offset] ?? 0) ^ (1 << ((offset * 5) % 8));
      const outcome = await outcomeOf(new Map([...after, [name, flipped]]));
      const mayBeCut = name > (lastWritten ?? '') || (name === lastWritten && offset >= written);
      if (mayBeCut && outcome !== 'CORRUPTION') assert.equal(outcome, facts.length);
      else assert.equal(outcome, 'CORRUPTION', `${name} at ${offset}`);
    }
  }
});

test('a sector lost from any batch but the last is refused', async () => {
  const batches = Array.from({ length: 8 }, () => [[600, 'text']] as [number, string][]);
  const { before, after } = await logImages(batches, [[1_000, 'text']]);
  for (const [name, image] of before) {
    for (let start = 0; start < endOfNonzero(image, 0); start += SECTOR_BYTES) {
      const holed = Uint8Array.from(imageOf(after, name)).fill(0, start, start + SECTOR_BYTES);
      assert.equal(await outcomeOf(new Map([...after, [name, holed]])), 'CORRUPTION');
    }
  }
});

test('a lost end of a segment that the log has left is refused', async () => {
  // The last batch of the second segment lies in one sector of its own, which nothing follows.
  const batches = [[[3_200, 'text']], [[2_900, 'text']], [[60, 'text']]] as [number, string][][];
  const { after } = await logImages([...batches, [[3_000, 'text']]], [[10, 'text']]);
  const name = 'log-000000000002';
  const image = imageOf(after, name);
  const end = endOfNonzero(image, 0);
  const batch = Array.from({ length: end / 8 }, (_, index) => index * 8).findLast((at) =>
    isBatchRecord(image, at),
  );
  const cut = Uint8Array.from(image).fill(0, batch, end);
  await assert.rejects(openedSmall(new MemoryFiles(new Map([...after, [name, cut]]))), {
    code: 'CORRUPTION',
    message: /log-000000000003 at byte 32: batch 5 where batch 4 must be/,
  });
});

test('stray bytes where the next batch would begin, and behind a torn batch, are refused', async () => {
  const { before, after } = await logImages([[[100, 'text']]], [[1_200, 'text']]);
  const name = 'log-000000000001';
  const stray = Uint8Array.from(imageOf(before, name));
  stray[endOfNonzero(stray, 0) + 16] = 1;
  assert.equal(await outcomeOf(new Map([...before, [name, stray]])), 'CORRUPTION');

  const torn = Uint8Array.from(imageOf(after, name));
  const end = endOfNonzero(torn, 0);
  torn.fill(0, end - (end % SECTOR_BYTES), end);
  assert.equal(typeof (await outcomeOf(new Map([...after, [name, torn]]))), 'number');
  const spare = new Uint8Array(SEGMENT_BYTES).fill(1, 600, 700);
  const spoilt = new Map([...after, [name, torn], ['log-000000000002', spare]] as const);
  assert.equal(await outcomeOf(spoilt), 'CORRUPTION');
  torn[SEGMENT_BYTES - 1] = 1;
  assert.equal(await outcomeOf(new Map([...after, [name, torn]])), 'CORRUPTION');
});

test('a missing, swapped or foreign segment is refused', async () => {
  const batches = Array.from({ length: 12 }, () => [[900, 'text']] as [number, string][]);
  const { after } = await logImages(batches, [[100, 'text']]);
  const [first, second] = ['log-000000000001', 'log-000000000002'];
  const without = (name: string): Images => new Map([...after].filter(([other]) => other !== name));
  assert.equal(await outcomeOf(without(first)), 'CORRUPTION');
  assert.equal(await outcomeOf(without(second)), 'CORRUPTION');
  const swapped = new Map([...after, [first, imageOf(after, second)], [second, imageOf(after, first)]]);
  assert.equal(await outcomeOf(swapped), 'CORRUPTION');
  const zeroed = new Map([...after, [second, new Uint8Array(SEGMENT_BYTES)]]);
  assert.equal(await outcomeOf(zeroed), 'CORRUPTION');

  const foreign = Uint8Array.from(imageOf(after, second));
  const header = encodeRecord({ kind: 'header', formatVersion: 1, replica: REPLICA + 1, segment: 2 });
  foreign.set(header);
  await assert.rejects(openedSmall(new MemoryFiles(new Map([...after, [second, foreign]]))), {
    code: 'CORRUPTION',
    message: /^log-000000000002 at byte 0: the file was written by another replica\. .*must not vote/,
  });
});

test('an unknown format version is refused by name', async () => {
  const batch = new Batch(
    1,
    0,
    encodeRecord({ kind: 'header', formatVersion: 7, replica: REPLICA, segment: 1 }),
  );
  batch.seal(1);
  const image = new Uint8Array(SEGMENT_BYTES);
  image.set(Buffer.concat(batch.chunks));
  await assert.rejects(openedSmall(new MemoryFiles(new Map([['log-000000000001', image]]))), {
    code: 'FORMAT_NOT_SUPPORTED',
    message: 'log-000000000001 has format version 7; this program supports version 1',
  });
});

test('what was synced before a bad record can be read after the repair, from all segments', async () => {
  const batches = Array.from({ length: 12 }, () => [[900, 'text']] as [number, string][]);
  const { before, after } = await logImages(batches, [[3_000, 'text']]);
  const files = new MemoryFiles(mixed(before, after, sectorsAlternate()));
  const { log } = await openedSmall(files);
  assert.equal((await readAll(log, 1, 12, 2_000)).length, 12);
  await closed(log);
});

/**
 * The files of a log before and after its last batch; `facts` are all that were appended, the first
 * `factsBefore` of them before. They are entries of slots 1, 2, ….
 */
async function logImages(
  synced: readonly (readonly (readonly [number, string])[])[],
  last: readonly (readonly [number, string])[],
): Promise<{ before: Images; after: Images; facts: Fact[]; factsBefore: number }> {
  const files = new MemoryFiles();
  const { log } = await openedSmall(files);
  const facts: Fact[] = [];
  const append = async (values: readonly (readonly [number, string])[]): Promise<void> => {
    const batch = values.map(([length, kind], index) =>
      entry(facts.length + index + 1, content(length, kind, facts.length + index)),
    );
    facts.push(...batch);
    await appended(log, batch);
  };
  for (const values of synced) await append(values);
  await spareIsReady();
  const before = files.images();
  const factsBefore = facts.length;
  // A batch that needs several segments is several batches: only one that fits into one is wanted.
  await append(fitting(last));
  const after = files.images();
  await spareIsReady();
  await closed(log);
  return { before, after, facts, factsBefore };
}

function fitting(values: readonly (readonly [number, string])[]): readonly (readonly [number, string])[] {
  let bytes = 0;
  return values.filter(([length]) => {
    bytes += length + 64;
    return bytes < SEGMENT_BYTES - 300;
  });
}

function content(length: number, kind: string, seed: number): string {
  if (kind === 'text') return String(seed % 10).repeat(length);
  const zeros = '\0'.repeat(length);
  return kind === 'edge' && length > 0 ? `${zeros.slice(1)}~` : zeros;
}

/** `after`, with the sectors for which the coin says no as they were before. */
function mixed(before: Images, after: Images, coin: Iterable<boolean>): Images {
  const toss = coin[Symbol.iterator]();
  const images: Images = new Map();
  for (const [name, image] of after) {
    const old = before.get(name) ?? new Uint8Array(image.length);
    const mix = Uint8Array.from(image);
    for (let start = 0; start < image.length; start += SECTOR_BYTES) {
      const end = start + SECTOR_BYTES;
      if (Buffer.compare(image.subarray(start, end), old.subarray(start, end)) === 0) continue;
      if (toss.next().value !== true) mix.set(old.subarray(start, end), start);
    }
    images.set(name, mix);
  }
  return images;
}

function* sectorsAlternate(): Generator<boolean> {
  for (let on = false; ; on = !on) yield on;
}

/** The number of facts that came back, or the code of the error. */
async function outcomeOf(images: Images): Promise<number | string> {
  try {
    const { recovered } = await openedSmall(new MemoryFiles(images));
    return factsOf(recovered);
  } catch (error) {
    return (error as Error & { code: string }).code;
  }
}

function factsOf(recovered: Recovered): number {
  return recovered.entries.length;
}

function textsOf(facts: readonly Fact[]): string[] {
  return facts.map((fact) => (fact.kind === 'entry' ? text(fact.entry) : ''));
}

function imageOf(images: Images, name: string): Uint8Array {
  return images.get(name) ?? new Uint8Array(0);
}

function openedSmall(files: MemoryFiles): ReturnType<typeof opened> {
  return opened(files, { segmentBytes: SEGMENT_BYTES });
}

/** Completions in memory are microtasks: all of them have run when a macrotask does. */
function spareIsReady(): Promise<void> {
  return completion<void>((done) => setImmediate(() => done(undefined)));
}
