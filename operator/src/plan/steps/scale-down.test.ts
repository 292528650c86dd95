import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  healthy,
  idOf,
  kindsOf,
  memberExample,
  withMembers,
  asked,
  ledBy,
  viewExample,
} from '../../../testing/observed-example.ts';
import type { Observed } from '../observed.ts';
import { removeTopMember } from './scale-down.ts';

const one = memberExample(1);
const two = memberExample(2);
const behind = (ordinal: number) => memberExample(ordinal, { lagSlots: 900 });

const heirOf = (observed: Observed): unknown => removeTopMember(observed, viewExample(observed))?.actions[0];
suite('removeTopMember()', () => {
  test('hands the lead to one that stays and has caught up, to nobody else', () => {
    const five = asked(3, ledBy(4, healthy(5)));
    assert.deepEqual(heirOf(five), { kind: 'transfer', leaderPod: 'demo-4', to: idOf(0) });
    const members = [behind(0), one, two, memberExample(3), memberExample(4)];
    assert.deepEqual(heirOf(withMembers(five, members)), {
      kind: 'transfer',
      leaderPod: 'demo-4',
      to: idOf(1),
    });
    const elsewhere = memberExample(0, { host: 'db.example.com' });
    const reshuffled = [elsewhere, memberExample(3), one, two, memberExample(4)];
    assert.deepEqual(heirOf(withMembers(five, reshuffled)), {
      kind: 'transfer',
      leaderPod: 'demo-4',
      to: idOf(1),
    });
  });

  test('waits when nobody who stays has caught up', () => {
    const two_ = asked(1, ledBy(2, withMembers(healthy(), [behind(0), one, two])));
    const observed = withMembers(two_, [behind(0), one, two]);
    const step = removeTopMember(observed, viewExample(observed));
    assert.deepEqual(step?.actions, []);
    assert.equal(step?.reason, 'WaitingForQuorum');
    const members = [behind(0), one, two, memberExample(3), memberExample(4)];
    const enough = withMembers(asked(1, ledBy(4, healthy(5))), members);
    assert.equal(removeTopMember(enough, viewExample(enough))?.reason, 'WaitingForHeir');
  });

  test('removes a leader that could not hand over three times', () => {
    const five = asked(3, ledBy(4, healthy(5)));
    const after = (transferFailures: number): string[] =>
      kindsOf(removeTopMember({ ...five, transferFailures }, viewExample(five))?.actions);
    assert.deepEqual(after(2), ['transfer']);
    assert.deepEqual(after(3), ['removeMember']);
  });
});
