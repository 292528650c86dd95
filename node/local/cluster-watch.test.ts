import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allReady, leaderOf, type ReplicaReport } from './cluster-watch.ts';

function replica(id: string, leader: string | undefined, ready = true): ReplicaReport {
  return { id, role: id === leader ? 'leader' : 'follower', leader, ready, unreadyReasons: [] };
}

test('leaderOf() wants the belief of a majority', () => {
  assert.equal(leaderOf([replica('7', '8'), replica('8', '8'), undefined]), 1);
  assert.equal(leaderOf([replica('7', undefined), replica('8', '8'), undefined]), undefined);
  assert.equal(leaderOf([undefined, undefined, undefined]), undefined);
  assert.equal(leaderOf([replica('7', '7')]), 0);
});

test('leaderOf() does not count a leader that is not ready', () => {
  assert.equal(leaderOf([replica('7', '7', false), replica('8', '7'), replica('9', '7')]), undefined);
});

test('allReady() wants every replica and a leader', () => {
  assert.equal(allReady([replica('7', '7'), replica('8', '7'), replica('9', '7')]), true);
  assert.equal(allReady([replica('7', '7'), replica('8', '7'), undefined]), false);
  assert.equal(allReady([replica('7', '7'), replica('8', '7'), replica('9', '7', false)]), false);
  assert.equal(allReady([replica('7', undefined), replica('8', undefined)]), false);
});
