import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { SELF, StoreDoor } from '../http/testing/store-door.ts';
import { DigestCheckpoints } from './digest-checkpoints.ts';
import { memoryLimitBytes, YOUNG_BYTES } from './machine-gauges.ts';
import { type MetricSources, ReplicaMetrics } from './metrics.ts';
import { metricsTable } from './metrics-table.ts';

const PEER = 0x1;
const replica = new StoreDoor();
const text = () => assert.fail('nobody needs the text');
const ballot = (round: number) => ({ round, replica: SELF });

function newMetrics(changes: Partial<MetricSources> = {}): ReplicaMetrics {
  return new ReplicaMetrics({
    version: '1.2.3',
    status: () => replica.status(),
    logBytes: () => 4096,
    unwrittenBytes: () => 512,
    writeUnderWayMs: () => 1_500,
    queueDepths: () => ({ proposals: 3, reads: 0 }),
    watchCounts: () => ({
      watches: 2,
      historyEvents: 5,
      historyBytes: 1_000,
      queuedBytes: 300,
      eventsSent: 9,
      ended: { compacted: 1, slow: 4, closing: 0, 'too-many': 0 },
    }),
    directory: import.meta.dirname,
    certificateEndMs: () => 1_800_000_000_000,
    digests: new DigestCheckpoints(),
    ...changes,
  });
}

/** The exposition as a map from `name{labels}` to its number; fails on a line that is not well-formed. */
async function scrape(metrics: ReplicaMetrics): Promise<ReadonlyMap<string, number>> {
  const samples = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of (await metrics.text()).split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line);
    if (type !== null) {
      assert.ok(!typed.has(type[1] ?? ''), `${line} comes only once`);
      typed.add(type[1] ?? '');
      continue;
    }
    if (line.startsWith('# HELP ')) continue;
    const sample = /^(([a-z_A-Z0-9]+)(?:\{(?:[a-z_]+="[^"\n]*",?)*\})?) (\S+)$/.exec(line);
    assert.ok(sample !== null, `not a sample: ${line}`);
    const [, series = '', name = '', value = ''] = sample;
    assert.ok(typed.has(name) || typed.has(name.replace(/_(?:bucket|sum|count)$/, '')), `${name} has a type`);
    assert.ok(!samples.has(series), `${series} comes only once`);
    assert.ok(!Number.isNaN(Number(value)) || value === 'Nan', line);
    samples.set(series, Number(value));
  }
  return samples;
}

test('the exposition is well-formed and shows the status', async () => {
  const samples = await scrape(newMetrics());
  assert.equal(samples.get('paxoskv_has_leader'), 1);
  assert.equal(samples.get('paxoskv_is_leader'), 1);
  assert.equal(samples.get('paxoskv_ballot_round'), 7);
  assert.equal(samples.get('paxoskv_applied_slot'), 11);
  assert.equal(samples.get('paxoskv_log_size_bytes'), 4096);
  assert.equal(samples.get('paxoskv_queue_depth{queue="proposals"}'), 3);
  assert.equal(samples.get(`paxoskv_build_info{version="1.2.3",node_version="${process.version}"}`), 1);
  assert.equal(samples.get('paxoskv_leader_changes_total'), 0, 'counters are there from the start');
  assert.equal(samples.get('paxoskv_log_fsync_duration_seconds_count'), 0);
  assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 0);
  assert.ok(samples.has('nodejs_eventloop_lag_p99_seconds'));
});

test('what surrounds the replica is told: disk, heap, clock and certificate', async () => {
  const samples = await scrape(newMetrics());
  const number = (name: string): number => samples.get(name) ?? 0;
  assert.ok(number('paxoskv_disk_free_bytes') > 0);
  assert.ok(number('paxoskv_disk_size_bytes') >= number('paxoskv_disk_free_bytes'));
  assert.ok(number('paxoskv_heap_limit_bytes') > number('nodejs_heap_size_used_bytes'));
  assert.ok(Math.abs(number('paxoskv_clock_seconds') * 1000 - Date.now()) < 60_000);
  assert.equal(samples.get('paxoskv_certificate_expiry_timestamp_seconds'), 1_800_000_000);
  assert.equal(samples.get('paxoskv_log_write_under_way_seconds'), 1.5);
  const limit = number('paxoskv_memory_limit_bytes');
  assert.ok(limit > number('process_resident_memory_bytes') && limit <= totalmem(), `${limit}`);
});

test('the heap that is told of is the one that data fills: what --max-old-space-size gives', () => {
  const program = "console.log(require('node:v8').getHeapStatistics().heap_size_limit)";
  const args = ['--max-old-space-size=300', '--eval', program];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env: {} });
  assert.equal(Number(stdout) - YOUNG_BYTES, 300 * 1024 * 1024);
});

test("the memory that a process may have is its container's limit, or the machine's where the system names none", (t) => {
  for (const [told, limit] of [
    [512 * 2 ** 20, 512 * 2 ** 20],
    // As the system's interfaces say it, of the one kind and of the other.
    [0, totalmem()],
    [2 ** 64, totalmem()],
  ] as const) {
    t.mock.method(process, 'constrainedMemory', () => told);
    assert.equal(memoryLimitBytes(), limit);
  }
});

test('without TLS no certificate is told of, and of a disk that says nothing no number', async () => {
  const metrics = newMetrics({ directory: '/no/such/directory', certificateEndMs: () => undefined });
  const samples = await scrape(metrics);
  assert.equal(samples.has('paxoskv_certificate_expiry_timestamp_seconds'), false);
  assert.equal(samples.has('paxoskv_disk_free_bytes'), false);
  assert.equal(samples.has('paxoskv_disk_size_bytes'), false);
  assert.equal(samples.get('paxoskv_has_leader'), 1);
});

test('clients, those that were cut, refused requests and sessions are counted, and there from the start', async () => {
  const metrics = newMetrics();
  const { observe } = metrics;
  const before = await scrape(metrics);
  assert.equal(before.get('paxoskv_clients{door="cluster"}'), 0);
  assert.equal(before.get('paxoskv_clients_closed_total{reason="memory"}'), 0);
  assert.equal(before.get('paxoskv_http_busy_total{limit="bodies"}'), 0);
  for (let index = 0; index < 3; index += 1) observe({ kind: 'clientOpened', door: 'redis' });
  observe({ kind: 'clientClosed', door: 'redis' });
  observe({ kind: 'clientCut', reason: 'memory' });
  observe({ kind: 'refusedForLimit', limit: 'bodies' });
  replica.store.sessions.open('0011223344556677');
  const samples = await scrape(metrics);
  assert.equal(samples.get('paxoskv_clients{door="redis"}'), 2);
  assert.equal(samples.get('paxoskv_clients_closed_total{reason="memory"}'), 1);
  assert.equal(samples.get('paxoskv_http_busy_total{limit="bodies"}'), 1);
  assert.equal(samples.get('paxoskv_sessions'), 1);
  assert.equal(samples.get('paxoskv_sessions_evicted_total'), 0);
});

test('each event is counted where it belongs, in seconds and bytes', async () => {
  const metrics = newMetrics();
  const { observe } = metrics;
  observe({ kind: 'roundDone', slot: 1, durationMs: 1.5, commands: 10 });
  observe({ kind: 'logSynced', durationMs: 0.05, bytes: 512, records: 3 });
  observe({ kind: 'logSynced', durationMs: 20_000, bytes: 512, records: 3 });
  observe({ kind: 'readRoundDone', durationMs: 1, reads: 7 });
  observe({ kind: 'peerRoundTrip', peer: PEER, durationMs: 1 });
  observe({ kind: 'sent', peer: PEER, bytes: 100, text });
  observe({ kind: 'received', peer: PEER, bytes: 50, text });
  observe({ kind: 'received', peer: PEER, bytes: 50, text });
  observe({ kind: 'linkUp', peer: PEER });
  observe({ kind: 'linkDown', peer: PEER, reason: 'reset' });
  observe({ kind: 'applied', slot: 1, commands: 10, durationMs: 1 });
  observe({ kind: 'caughtUp', slot: 9, slots: 4 });
  observe({ kind: 'refusedLink', reason: 'a stranger' });
  observe({ kind: 'notice', name: 'started', text: 'hello' });
  for (let scrapes = 0; scrapes < 2; scrapes += 1) {
    const samples = await scrape(metrics);
    const peer = '{peer="000000000001"}';
    assert.equal(samples.get('paxoskv_round_duration_seconds_sum'), 0.0015);
    assert.equal(samples.get('paxoskv_round_duration_seconds_bucket{le="0.001"}'), 0);
    assert.equal(samples.get('paxoskv_round_duration_seconds_bucket{le="0.002"}'), 1);
    assert.equal(samples.get('paxoskv_round_commands_bucket{le="8"}'), 0);
    assert.equal(samples.get('paxoskv_round_commands_bucket{le="16"}'), 1);
    assert.equal(samples.get('paxoskv_log_fsync_duration_seconds_bucket{le="0.0001"}'), 1);
    assert.equal(samples.get('paxoskv_log_fsync_duration_seconds_bucket{le="10"}'), 1);
    assert.equal(samples.get('paxoskv_log_fsync_duration_seconds_bucket{le="+Inf"}'), 2);
    assert.equal(samples.get('paxoskv_log_fsync_duration_seconds_count'), 2);
    assert.equal(samples.get('paxoskv_log_written_bytes_total'), 1024);
    assert.equal(samples.get('paxoskv_log_written_records_total'), 6);
    assert.equal(samples.get('paxoskv_linearizable_reads_total'), 7);
    assert.equal(samples.get(`paxoskv_peer_sent_bytes_total${peer}`), 100);
    assert.equal(samples.get(`paxoskv_peer_received_bytes_total${peer}`), 100);
    assert.equal(samples.get(`paxoskv_peer_link_failures_total${peer}`), 1);
    assert.equal(samples.get('paxoskv_peer_round_trip_seconds_count{peer="000000000001"}'), 1);
    assert.equal(samples.get('paxoskv_applied_commands_total'), 10);
    assert.equal(samples.get('paxoskv_caught_up_slots_total'), 4);
    assert.equal(samples.get('paxoskv_links_refused_total'), 1);
  }
});

test('losing sight of a leader is no change of leader, a new ballot is one', async () => {
  const metrics = newMetrics();
  metrics.observe({ kind: 'leaderChanged', leader: SELF, ballot: ballot(1) });
  metrics.observe({ kind: 'leaderChanged', leader: undefined, ballot: ballot(1) });
  metrics.observe({ kind: 'leaderChanged', leader: SELF, ballot: ballot(1) });
  metrics.observe({ kind: 'leaderChanged', leader: SELF, ballot: ballot(2) });
  assert.equal((await scrape(metrics)).get('paxoskv_leader_changes_total'), 2);
});

test('commands are counted by name and outcome, and names have a bound', async () => {
  const metrics = newMetrics();
  metrics.commandDone('GET', 'ok', 1);
  metrics.commandDone('GET', 'ok', 1);
  metrics.observe({ kind: 'commandDone', name: 'GET', outcome: 'notDone', durationMs: 1 });
  for (let index = 0; index < 1000; index += 1) metrics.commandDone(`x${index}`, 'error', 1);
  const samples = await scrape(metrics);
  assert.equal(samples.get('paxoskv_commands_total{command="GET",outcome="ok"}'), 2);
  assert.equal(samples.get('paxoskv_commands_total{command="GET",outcome="not-done"}'), 1);
  // There before it first rises: Prometheus sees no rise in where a series begins.
  assert.equal(samples.get('paxoskv_commands_total{command="GET",outcome="unknown"}'), 0);
  assert.equal(samples.get('paxoskv_command_duration_seconds_count{command="GET"}'), 3);
  assert.equal(samples.get('paxoskv_commands_total{command="other",outcome="error"}'), 1000 - 511);
  assert.equal(samples.get('paxoskv_unknown_outcomes_total'), 0);
  metrics.commandDone('GET', 'unknown', 1);
  assert.equal((await scrape(metrics)).get('paxoskv_unknown_outcomes_total'), 1);
});

test('what a former leader knew of its peers does not stay behind', async (t) => {
  t.after(() => (replica.statusChanges = {}));
  const metrics = newMetrics();
  const addresses = { host: 'h', peerPort: 1, redisPort: 1, clusterPort: 1, httpPort: 1, adminPort: 1 };
  const peer = { id: PEER, voter: true, addresses, connected: true, lagSlots: 5, roundTripMs: 1 };
  replica.statusChanges = { members: [{ ...peer, id: SELF, voter: false }, peer] };
  const leading = await scrape(metrics);
  assert.equal(leading.get('paxoskv_peer_lag_slots{peer="000000000001"}'), 5);
  assert.equal(leading.get('paxoskv_members{role="voter"}'), 1);
  assert.equal(leading.get('paxoskv_is_learner'), 1);
  assert.equal(leading.get('paxoskv_is_voter'), 0);
  const info = 'paxoskv_member_info{peer="000000000001",address="h:1",role="voter"}';
  assert.equal(leading.get(info), 1);
  replica.statusChanges = { role: 'follower', members: [{ ...peer, lagSlots: undefined }] };
  const following = await scrape(metrics);
  assert.equal(following.has('paxoskv_peer_lag_slots{peer="000000000001"}'), false);
  assert.equal(following.get('paxoskv_is_leader'), 0);
});

/** `RECORD=1 npm test -- observe/metrics` writes the tables anew. */
test(
  'docs/metrics.md lists every metric as it is',
  // Elsewhere the system offers fewer of the numbers of the process.
  { skip: process.platform !== 'linux' },
  () => {
    const file = path.join(import.meta.dirname, '../../../docs/metrics.md');
    const page = readFileSync(file, 'utf8');
    const { registry } = newMetrics();
    let fresh = page;
    for (const [name, ours] of [
      ['replica', true],
      ['process', false],
    ] as const) {
      const begin = `<!-- table: ${name} -->\n`;
      const end = `\n<!-- end of table -->`;
      const start = fresh.indexOf(begin) + begin.length;
      assert.ok(start >= begin.length, `docs/metrics.md has a place for the table "${name}"`);
      fresh =
        fresh.slice(0, start) +
        metricsTable(registry, (name_) => name_.startsWith('paxoskv_') === ours) +
        fresh.slice(fresh.indexOf(end, start));
    }
    if (process.env['RECORD'] === '1') writeFileSync(file, fresh);
    else assert.equal(page, fresh, 'docs/metrics.md is stale: RECORD=1 npm test -- observe/metrics');
  },
);
