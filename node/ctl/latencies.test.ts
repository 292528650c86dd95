import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Latencies } from './latencies.ts';

test('Latencies gives percentiles that are right to a tenth', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.02, max: 10_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9, 0.99, 1),
      (samples, share) => {
        const latencies = new Latencies();
        for (const sample of samples) latencies.add(sample);
        const sorted = samples.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
        const told = latencies.percentileMs(share);
        assert.ok(told >= exact * 0.999 && told <= exact * 1.101, `${told} for ${exact}`);
        assert.equal(latencies.count, samples.length);
        assert.equal(latencies.maxMs, sorted.at(-1));
      },
    ),
  );
});

test('Latencies without a sample are 0', () => {
  assert.equal(new Latencies().percentileMs(0.5), 0);
});
