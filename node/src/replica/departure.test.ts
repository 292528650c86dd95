/** Who leaves hands over the lead, once, or as long as somebody might take it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdminAnswer } from './admin-door.ts';
import { Departure, SHUTTING_DOWN } from './departure.ts';
import { HANDOVER_MS_MAX, HANDOVERS_MAX } from './limits.ts';

const SELF = 1;
const OTHER = 2;

class Scene {
  readonly core: { role: 'leader' | 'follower'; leader: number | undefined };
  nowMs = 0;
  hasHeir = true;
  isDone = false;
  readonly notices: string[] = [];
  /** Transfers that were asked for; the last one waits for its answer. */
  readonly transfers: ((answer: AdminAnswer) => void)[] = [];
  readonly departure: Departure;

  constructor(leader: number | undefined) {
    this.core = { role: leader === SELF ? 'leader' : 'follower', leader };
    this.departure = new Departure(
      this.core,
      { transfer: (_to, done) => this.transfers.push(done) },
      {
        clock: { nowMs: () => this.nowMs },
        hasHeir: () => this.hasHeir,
        observe: (event) => this.notices.push(event.kind === 'notice' ? event.text : event.kind),
      },
    );
  }

  begin(): this {
    this.departure.begin(() => {
      assert.ok(!this.isDone, 'it is told once');
      this.isDone = true;
    });
    return this;
  }

  lead(leader: number | undefined): void {
    this.core.leader = leader;
    this.core.role = leader === SELF ? 'leader' : 'follower';
    this.departure.review();
  }

  answer(answer: AdminAnswer): void {
    this.transfers.at(-1)?.(answer);
    this.departure.review();
  }
}

const DONE: AdminAnswer = { kind: 'done', already: false, text: 'another one leads' };

function refused(code: 'not-done' | 'not-caught-up' | 'older-release'): AdminAnswer {
  return { kind: 'refused', code, reason: `it is ${code}` };
}

test('it is ready until it leaves, then not, and takes requests until it is told not to', () => {
  const { departure } = new Scene(OTHER);
  departure.review();
  assert.deepEqual(departure.reasons, []);
  departure.begin(() => undefined);
  assert.deepEqual(departure.reasons, [SHUTTING_DOWN]);
  assert.equal(departure.refusesRequests, false);
  departure.refuseRequests();
  assert.equal(departure.refusesRequests, true);
});

test('who does not lead has nothing to hand over', () => {
  for (const leader of [OTHER, undefined]) {
    const scene = new Scene(leader).begin();
    assert.ok(scene.isDone);
    assert.deepEqual(scene.transfers, []);
  }
});

test('a leader waits until another one is known to lead', () => {
  const scene = new Scene(SELF).begin();
  assert.equal(scene.transfers.length, 1);
  scene.departure.review();
  assert.equal(scene.transfers.length, 1);
  scene.lead(undefined);
  assert.equal(scene.isDone, false);
  scene.lead(OTHER);
  scene.answer(DONE);
  assert.ok(scene.isDone);
  assert.deepEqual(scene.notices, ['shutting down: 000000000002 leads']);
});

test('a leader with nobody beside it goes on at once, and so does one whose peers do not know of transfers', () => {
  const alone = new Scene(SELF);
  alone.hasHeir = false;
  assert.ok(alone.begin().isDone);
  assert.deepEqual(alone.transfers, []);
  const old = new Scene(SELF).begin();
  old.answer(refused('older-release'));
  assert.ok(old.isDone);
  assert.equal(old.transfers.length, 1);
});

test('while nobody is level it asks again and again, until its time is over', () => {
  const scene = new Scene(SELF).begin();
  for (let asked = 0; asked < 10; asked += 1) scene.answer(refused('not-caught-up'));
  assert.equal(scene.transfers.length, 11);
  assert.equal(scene.isDone, false);
  scene.nowMs += HANDOVER_MS_MAX;
  scene.departure.review();
  assert.ok(scene.isDone);
  assert.deepEqual(scene.notices, ['shutting down: leads to its end: it is not-caught-up']);
});

test('transfers that fail, or come back, are not repeated for ever: each holds up everybody', () => {
  const scene = new Scene(SELF).begin();
  scene.answer(refused('not-done'));
  for (let round = 0; round < 5; round += 1) {
    scene.lead(OTHER);
    scene.answer(DONE);
    scene.lead(SELF);
  }
  assert.ok(scene.isDone);
  assert.equal(scene.transfers.length, HANDOVERS_MAX);
});
