import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthy, latchExample, NOW_MS } from '../../testing/observed-example.ts';
import { wantedExample } from '../desired/testing/wanted-example.ts';
import { decide } from '../plan/decide.ts';
import { readStatus, writtenStatus } from './status-record.ts';

test('a status reads back as it was written, with a recovery and with an order that was refused', () => {
  const { status } = decide({ ...healthy(), recover: 'nonsense' });
  const recovery = latchExample({ done: true, startedMs: NOW_MS });
  const { metadata, spec } = wantedExample();
  const cluster = { metadata: { ...metadata, generation: 1, resourceVersion: '1', annotations: {} }, spec };
  for (const each of [status, { ...status, recovery }, { ...status, refusedRecovery: undefined }]) {
    const written: unknown = JSON.parse(JSON.stringify(writtenStatus(each, cluster)));
    assert.deepEqual(readStatus(written as ReturnType<typeof writtenStatus>), each);
  }
  assert.equal(status.refusedRecovery?.request, 'nonsense');
});
