import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Links } from '../src/link/links.ts';
import { drawNetworkOptions, type NetworkOptions } from './network-options.ts';
import { Network } from './network.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';
import { Trace } from './trace.ts';

const CONNECTION: NetworkOptions = {
  delayMinMs: 1,
  delayMeanMs: 5,
  lossProbability: 0,
  duplicateProbability: 0,
  duplicateLateMeanMs: 0,
  reorders: false,
  cutLoses: false,
  capacityFrames: 1_000,
  bulkBytesPerMs: 1_000,
  reconnectMeanMs: 10,
};

/** Whoever lives at place p has the id 100 + p, unless a test says otherwise. */
class Peer {
  readonly process: Process;
  readonly links: Links;
  readonly id: number;
  readonly up = new Set<number>();
  readonly heard: string[] = [];
  readonly received: { from: number; number: number; atMs: number; bytes: Uint8Array }[] = [];

  constructor(lab: Lab, place: number, id = 100 + place) {
    this.id = id;
    this.process = new Process(lab.time);
    this.links = lab.network.attach(this.process, place, id, {
      up: (peer) => {
        assert.ok(!this.up.has(peer), 'up twice');
        this.up.add(peer);
        this.heard.push(`up ${peer}`);
      },
      down: (peer) => {
        assert.ok(this.up.delete(peer), 'down without up');
        this.heard.push(`down ${peer}`);
      },
      frame: (peer, bytes) => {
        assert.ok(this.up.has(peer), 'a frame on a link that is down');
        const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
        this.received.push({ from: peer, number, atMs: lab.time.now, bytes });
      },
    });
  }

  send(peer: number, number: number, bytes = 4): boolean {
    return this.links.send(peer, numbered(number, bytes));
  }

  numbers(from: number): number[] {
    return this.received.filter((frame) => frame.from === from).map((frame) => frame.number);
  }
}

class Lab {
  readonly time = new Time();
  readonly trace = new Trace(this.time);
  readonly network: Network;
  readonly peers: Peer[];

  constructor(seed: number, places: number, options: Partial<NetworkOptions> = {}) {
    const all = { ...CONNECTION, ...options };
    this.network = new Network(this.time, new Random(seed), places, all, this.trace);
    this.peers = Array.from({ length: places }, (_, place) => new Peer(this, place));
    this.pass(1_000);
  }

  pass(durationMs: number): void {
    this.time.runUntil(this.time.now + durationMs);
  }

  peer(place: number): Peer {
    return this.peers[place] as Peer;
  }

  /** Sends frames 1 to `count` from place 0 to place 1, one per millisecond. */
  stream(count: number): void {
    for (let number = 1; number <= count; number += 1) {
      this.time.schedule(number, () => this.peer(0).send(101, number));
    }
  }
}

function numbered(number: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  new DataView(frame.buffer).setUint32(0, number);
  return frame;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test('all links come up, and without faults every frame arrives once and in order', () => {
  const lab = new Lab(1, 3);
  for (const peer of lab.peers) assert.equal(peer.up.size, 2);
  lab.stream(500);
  lab.pass(2_000);
  assert.deepEqual(lab.peer(1).numbers(100), upTo(500));
  assert.equal(lab.network.counts.overtaken, 0);
  assert.equal(lab.peer(2).received.length, 0);
});

test('send() says false to strangers, to itself and when too much is under way', () => {
  const lab = new Lab(1, 2, { capacityFrames: 3 });
  assert.equal(lab.peer(0).send(999, 1), false);
  assert.equal(lab.peer(0).send(100, 1), false);
  assert.deepEqual(
    [1, 2, 3, 4].map((number) => lab.peer(0).send(101, number)),
    [true, true, true, false],
  );
  lab.pass(1_000);
  assert.equal(lab.peer(0).send(101, 5), true);
  // A paused receiver takes nothing, so the path stays full.
  lab.peer(1).process.pause();
  lab.pass(1_000);
  assert.deepEqual(
    [6, 7, 8].map((number) => lab.peer(0).send(101, number)),
    [true, true, false],
  );
  lab.peer(1).process.resume();
  lab.pass(1_000);
  assert.deepEqual(lab.peer(1).numbers(100), [1, 2, 3, 5, 6, 7]);
});

test('loss, duplicates and overtaking come as often as asked for', () => {
  const lab = new Lab(2, 2, { lossProbability: 0.3, duplicateProbability: 0.2, reorders: true });
  lab.stream(10_000);
  lab.pass(20_000);
  const counts = lab.network.counts;
  assert.ok(Math.abs(counts.lost / counts.sent - 0.3) < 0.02, `lost ${counts.lost}`);
  assert.ok(Math.abs(counts.duplicated / counts.sent - 0.14) < 0.02, `duplicated ${counts.duplicated}`);
  assert.ok(counts.overtaken > 1_000, `overtaken ${counts.overtaken}`);
  assert.equal(counts.delivered, counts.sent - counts.lost + counts.duplicated);
});

test('delays are the minimum and an exponential share', () => {
  const lab = new Lab(3, 2, { reorders: true, delayMinMs: 2, delayMeanMs: 8 });
  const startMs = lab.time.now;
  lab.stream(5_000);
  lab.pass(10_000);
  const delays = lab.peer(1).received.map((frame) => frame.atMs - startMs - frame.number);
  assert.equal(delays.length, 5_000);
  assert.ok(Math.min(...delays) >= 2);
  const meanMs = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  assert.ok(Math.abs(meanMs - 10) < 1, `a mean of ${meanMs}`);
});

test('the receiver gets bytes of its own, as they were when they were sent', () => {
  const lab = new Lab(1, 2, { duplicateProbability: 1, reorders: true });
  const frame = numbered(7, 64);
  lab.peer(0).links.send(101, frame);
  frame.fill(0);
  lab.pass(1_000);
  const [first, second] = lab.peer(1).received;
  assert.deepEqual([first?.number, second?.number], [7, 7]);
  assert.notEqual(first?.bytes, second?.bytes);
});

test('a cut path loses frames in one mode and holds them in the other; the way back works', () => {
  for (const cutLoses of [true, false]) {
    const lab = new Lab(4, 2, { cutLoses });
    lab.network.cut(0, 1);
    lab.stream(20);
    lab.pass(500);
    assert.deepEqual(lab.peer(1).numbers(100), []);
    assert.ok(lab.peer(1).send(100, 1));
    lab.pass(500);
    assert.deepEqual(lab.peer(0).numbers(101), [1]);
    lab.network.mend(0, 1);
    lab.pass(500);
    lab.peer(0).send(101, 21);
    lab.pass(500);
    assert.deepEqual(lab.peer(1).numbers(100), cutLoses ? [21] : upTo(21));
    assert.equal(lab.peer(1).heard.length, 1, 'nobody was told');
  }
});

test('a clogged path delivers nothing for a while and then everything in order', () => {
  const lab = new Lab(5, 2);
  lab.stream(200);
  lab.pass(50);
  lab.network.clog(0, 1, 100);
  lab.network.clog(0, 1, 400);
  const before = lab.peer(1).received.length;
  lab.pass(399);
  assert.equal(lab.peer(1).received.length, before);
  lab.pass(2_000);
  assert.deepEqual(lab.peer(1).numbers(100), upTo(200));
});

test('a broken link is heard of soon, late or never, and comes up again', () => {
  const lab = new Lab(6, 2);
  lab.network.cut(0, 1);
  lab.network.reset(0, 1, 'soon');
  lab.pass(500);
  assert.deepEqual(lab.peer(0).heard, ['up 101', 'down 101']);
  assert.equal(lab.peer(0).send(101, 1), false);
  lab.network.mend(0, 1);
  lab.pass(500);
  assert.deepEqual(lab.peer(0).heard, ['up 101', 'down 101', 'up 101']);

  lab.network.cut(1, 0);
  lab.network.reset(0, 1, 'late');
  lab.pass(900);
  assert.equal(lab.peer(0).heard.length, 3);
  assert.equal(lab.peer(0).send(101, 2), true, 'it does not know yet');
  lab.pass(5_000);
  assert.equal(lab.peer(0).heard.length, 4);
  lab.network.mend(1, 0);
  lab.pass(500);

  lab.network.cut(0, 1);
  lab.network.reset(0, 1, 'never');
  lab.pass(20_000);
  assert.equal(lab.peer(1).heard.length, 5);
  lab.network.mend(0, 1);
  lab.pass(500);
  assert.deepEqual(lab.peer(1).heard.slice(4), ['up 100', 'down 100', 'up 100']);
  assert.deepEqual(lab.peer(1).numbers(100), [], 'what was sent on a broken link is lost');
});

test('frames of a crashed sender still arrive, those to it are dropped, and a stranger can take its place', () => {
  const lab = new Lab(7, 2, { delayMinMs: 20 });
  lab.peer(0).send(101, 1);
  lab.peer(1).send(100, 1);
  lab.peer(0).process.end();
  lab.network.detach(0, 'late');
  lab.pass(200);
  assert.deepEqual(lab.peer(1).numbers(100), [1]);
  assert.deepEqual(lab.peer(0).received, []);
  const stranger = new Peer(lab, 0, 555);
  lab.pass(500);
  assert.deepEqual(lab.peer(1).heard, ['up 100', 'down 100', 'up 555']);
  assert.equal(lab.peer(1).send(100, 2), false);
  assert.equal(lab.peer(1).send(555, 3), true);
  lab.pass(500);
  assert.deepEqual(stranger.numbers(101), [3]);
});

test('bulk frames queue for their bandwidth and hold up nobody else', () => {
  const lab = new Lab(8, 2);
  const startMs = lab.time.now;
  for (const number of [1, 2, 3]) lab.peer(0).links.sendBulk(101, numbered(number, 100_000));
  lab.peer(0).send(101, 4);
  lab.pass(1_000);
  assert.deepEqual(lab.peer(1).numbers(100), [4, 1, 2, 3]);
  const lastMs = (lab.peer(1).received.at(-1)?.atMs ?? 0) - startMs;
  assert.ok(lastMs >= 300, `300 kB at 1 kB/ms in ${lastMs} ms`);
});

/** Everything at once for two seconds, then calm: what a run of one seed leaves behind. */
function turmoil(seed: number): string {
  const random = new Random(seed);
  const lab = new Lab(seed, 4, drawNetworkOptions(random));
  for (let round = 1; round <= 400; round += 1) {
    const [from = 0, to = 1, other = 2] = random.shuffle([0, 1, 2, 3]);
    const dice = random.next();
    lab.peer(from).send(100 + to, round);
    if (dice < 0.05) lab.network.clog(to, other, random.integer(1, 200));
    else if (dice < 0.1) lab.network.cut(from, other);
    else if (dice < 0.15 && lab.network.isCut(to, from)) lab.network.mend(to, from);
    else if (dice < 0.2) lab.network.reset(from, to, random.pick(['soon', 'late', 'never']));
    else if (dice < 0.22) {
      lab.peer(from).process.end();
      lab.network.detach(from, random.pick(['soon', 'late', 'never']));
      lab.peers[from] = new Peer(lab, from);
    }
    lab.pass(5);
  }
  lab.network.calm();
  lab.pass(10_000);
  for (const peer of lab.peers) assert.equal(peer.up.size, 3, 'a link is still down in the calm');
  for (const peer of lab.peers) peer.received.length = 0;
  for (const from of lab.peers) {
    for (const to of lab.peers) {
      if (from !== to) assert.ok(from.send(to.id, 1), 'a path is still full in the calm');
    }
  }
  lab.pass(1_000);
  for (const peer of lab.peers) assert.equal(peer.received.length, 3, 'a frame is lost in the calm');
  return `${lab.trace.hash} ${JSON.stringify(lab.network.counts)}`;
}

test('after any turmoil the calm brings every link up, and a seed repeats exactly', () => {
  for (let seed = 0; seed < 60; seed += 1) assert.equal(turmoil(seed), turmoil(seed), `seed ${seed}`);
  assert.notEqual(turmoil(1), turmoil(2));
});
