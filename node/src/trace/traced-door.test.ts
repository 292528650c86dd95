import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreDoor } from '../http/testing/store-door.ts';
import { commandByCode } from '../kv/commands.ts';
import { INTERNAL } from '../kv/internal-codes.ts';
import { Failure, type Outcome, type ReplicaStatus, type ReplySink } from '../replica/door.ts';
import { type RequestStory, Tracing } from './traced-door.ts';

/** Answers when it is told to, as a leader at one slot. */
class SlowDoor extends StoreDoor {
  readonly waiting: { sink: ReplySink; token: number }[] = [];
  slot = 5;

  override write(_code: number, _args: readonly string[], sink: ReplySink, token: number): void {
    this.waiting.push({ sink, token });
  }

  override status(): ReplicaStatus {
    return { ...super.status(), role: 'leader', applied: this.slot };
  }

  answer(outcome: Outcome): void {
    const { sink, token } = this.waiting.shift() ?? assert.fail('nobody waits');
    sink.settle(token, outcome);
  }
}

function setUp() {
  const world = { nowMs: 100, sampled: true };
  const stories: RequestStory[] = [];
  const tracing = new Tracing({
    isSampled: () => world.sampled,
    tell: (story) => stories.push(story),
    nowMs: () => world.nowMs,
  });
  const door = new SlowDoor();
  const traced = tracing.around(door);
  const answers: [number, Outcome][] = [];
  const sink: ReplySink = {
    settle: (token, outcome) => void answers.push([token, outcome]),
    originMs: () => 90,
  };
  /** As a core that has come so far. */
  const look = (accepted: number, durable: number, chosen: number) =>
    tracing.probe({ chosen, acceptor: { window: { last: accepted }, durable } } as Parameters<
      Tracing['probe']
    >[0]);
  look(4, 4, 4);
  return { world, stories, tracing, door, traced, answers, sink, look };
}

test('a traced request is answered with its own token, and its story is told in the next turn', () => {
  const { world, stories, door, traced, answers, sink, look } = setUp();
  traced.write(INTERNAL.put, ['key', 'value'], sink, 77);
  world.nowMs = 110;
  look(5, 4, 4);
  world.nowMs = 120;
  look(5, 5, 4);
  world.nowMs = 130;
  look(5, 5, 5);
  world.nowMs = 131;
  door.answer('done');
  assert.deepEqual(answers, [[77, 'done']]);
  assert.deepEqual(stories, []);
  look(5, 5, 5);
  assert.equal(stories.length, 1);
  assert.partialDeepStrictEqual(stories[0], {
    command: commandByCode(INTERNAL.put)?.name,
    outcome: 'ok',
    slot: 5,
    arrivedMs: 90,
    handedOverMs: 100,
    acceptedMs: 110,
    durableMs: 120,
    chosenMs: 130,
    answeredMs: 131,
  });
});

test("a story waits for the leader's own disk, and for no longer than a second", () => {
  for (const [waitedMs, durableMs] of [
    [20, 150],
    [1_001, undefined],
  ] as const) {
    const { world, stories, door, traced, sink, look } = setUp();
    traced.write(INTERNAL.put, ['key', 'value'], sink, 1);
    look(5, 4, 5);
    world.nowMs = 130;
    door.answer('done');
    look(5, 4, 5);
    assert.equal(stories.length, 0);
    world.nowMs += waitedMs;
    look(5, durableMs === undefined ? 4 : 5, 5);
    assert.equal(stories[0]?.durableMs, durableMs);
    assert.equal(stories[0]?.chosenMs, 100);
  }
});

test('what failed, or was refused before it got a slot, has no parts', () => {
  const { stories, door, traced, sink, look, world } = setUp();
  look(5, 5, 5);
  world.nowMs = 200;
  traced.write(INTERNAL.put, ['key', 'value'], sink, 1);
  traced.write(INTERNAL.put, ['key', 'value'], sink, 2);
  door.answer(new Failure('notDone', 'no leader is known'));
  door.answer('refused at the door');
  look(6, 6, 6);
  assert.deepEqual(
    stories.map(({ outcome, acceptedMs }) => [outcome, acceptedMs]),
    [
      ['notDone', undefined],
      ['ok', undefined],
    ],
  );
});

test('requests that are not sampled, or too many, pass untouched', () => {
  const { world, tracing, door, traced, sink, stories, look } = setUp();
  world.sampled = false;
  traced.write(INTERNAL.put, ['key', 'value'], sink, 1);
  assert.equal(door.waiting[0]?.sink, sink);
  world.sampled = true;
  for (let token = 2; token < 3_000; token += 1) traced.write(INTERNAL.put, ['key', 'value'], sink, token);
  assert.equal(tracing.held, 1_000);
  assert.equal(door.waiting.filter((each) => each.sink === sink).length, 2_999 - 1_000);
  while (door.waiting.length > 0) door.answer('done');
  look(5, 5, 5);
  assert.equal(stories.length, 1_000);
  assert.equal(tracing.held, 0);
});
