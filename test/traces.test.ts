/** Traces of requests to real replicas, as a collector gets them; and what happens when there is no collector. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Collector, type Span } from './testing/collector.ts';
import { eventually } from './testing/deadline.ts';
import { RealCluster } from './testing/real-cluster.ts';
import { RespConnection } from './testing/resp-connection.ts';

const HOST = '127.0.0.1';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';

function environment(endpoint: string): Readonly<Record<string, string>> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: '1', PAXOSKV_LOG_FORMAT: 'json' };
}

/** The first span of a trace of that name, whose parts have come too. */
async function rootOf(collector: Collector, name: string, parts: number): Promise<Span> {
  return await eventually(
    () => `a trace of ${name}: ${JSON.stringify(collector.spans.map((span) => span.name))}`,
    () =>
      collector.spans.find(
        (span) => span.name === name && span.kind === 2 && collector.below(span).length >= parts,
      ),
  );
}

/** Parts begin and end in their order, within the whole; only the leader's own disk may take longer than the answer. */
function assertStory(collector: Collector, root: Span, names: readonly string[]): void {
  const parts = collector.below(root);
  assert.deepEqual(parts.map(({ name }) => name).toSorted(), names.toSorted());
  const part = (name: string): Span => {
    const found = parts.find((each) => each.name === name);
    assert.ok(found !== undefined, name);
    return found;
  };
  for (const span of parts) {
    assert.equal(span.traceId, root.traceId);
    assert.ok(span.startNs <= span.endNs, span.name);
    assert.ok(span.startNs >= root.startNs, span.name);
    assert.ok(span.name === 'durable' || span.endNs <= root.endNs, span.name);
    assert.deepEqual(span.attributes, root.attributes);
  }
  const [handedOver = '', proposed = ''] = names;
  assert.equal(part(handedOver).startNs, root.startNs);
  assert.equal(part(proposed).startNs, part(handedOver).endNs);
  assert.equal(part('durable').startNs, part(proposed).endNs);
  assert.equal(part('chosen').startNs, part(proposed).endNs);
  assert.equal(part('applied').startNs, part('chosen').endNs);
  assert.equal(part('applied').endNs, root.endNs);
}

test('one SET to a replica alone is a trace of all its parts, with slot and ballot and without key and value', async (t) => {
  const collector = await Collector.start(t);
  const cluster = await RealCluster.start(t, 1, { environment: environment(collector.endpoint) });
  const client = await RespConnection.open(cluster.address(0).redisPort);
  assert.equal(await client.ask('SET', 'hush-key', 'hush-value'), '+OK\r\n');
  const root = await rootOf(collector, 'SET', 5);
  assertStory(collector, root, ['parse', 'propose', 'durable', 'chosen', 'applied']);
  const status = await cluster.status(0);
  assert.equal(root.parentSpanId ?? '', '');
  assert.partialDeepStrictEqual(root.attributes, {
    'paxoskv.command': 'SET',
    'paxoskv.outcome': 'ok',
    'paxoskv.role': 'leader',
  });
  assert.match(String(root.attributes['paxoskv.ballot']), /^\d+\.[0-9a-f]{12}$/);
  assert.ok(Number(root.attributes['paxoskv.slot']) > 1);
  assert.partialDeepStrictEqual(root.resource, {
    'service.name': 'paxoskv',
    'service.instance.id': status?.id,
  });

  assert.equal(await client.ask('GET', 'hush-key'), '$10\r\nhush-value\r\n');
  const read = await rootOf(collector, 'GET', 2);
  assert.deepEqual(
    collector.below(read).map(({ name }) => name),
    ['parse', 'read'],
  );
  assert.ok(!collector.bodies.some((body) => body.includes('hush')));
});

test('in a cluster of three the leader tells of its proposal, a follower of what it forwards', async (t) => {
  const collector = await Collector.start(t);
  const cluster = await RealCluster.start(t, 3, { environment: environment(collector.endpoint) });
  const leader = await cluster.leader();
  const follower = cluster.indexes.find((index) => index !== leader) ?? 0;
  const own = async (index: number) => (await cluster.status(index))?.id;

  await (await RespConnection.open(cluster.address(leader).redisPort)).ask('SET', 'a', '1');
  const led = await rootOf(collector, 'SET', 5);
  assertStory(collector, led, ['parse', 'propose', 'durable', 'chosen', 'applied']);
  assert.equal(led.resource['service.instance.id'], await own(leader));

  await (await RespConnection.open(cluster.address(follower).redisPort)).ask('APPEND', 'a', '2');
  const forwarded = await rootOf(collector, 'APPEND', 5);
  assertStory(collector, forwarded, ['parse', 'forward', 'durable', 'chosen', 'applied']);
  assert.equal(forwarded.resource['service.instance.id'], await own(follower));
  assert.equal(forwarded.attributes['paxoskv.role'], 'follower');
  assert.ok(Number(forwarded.attributes['paxoskv.slot']) > Number(led.attributes['paxoskv.slot']));
});

test('an HTTP request is part of the trace that it names, and traced only if that is', async (t) => {
  const collector = await Collector.start(t);
  const cluster = await RealCluster.start(t, 1, { environment: environment(collector.endpoint) });
  const put = async (key: string, flags: string) => {
    const response = await fetch(`http://${HOST}:${cluster.address(0).httpPort}/v1/kv/${key}`, {
      method: 'PUT',
      body: 'value',
      headers: { traceparent: `00-${TRACE_ID}-${PARENT_ID}-${flags}` },
    });
    assert.ok(response.ok);
    await response.arrayBuffer();
  };
  await put('unsampled', '00');
  await put('sampled', '01');
  const root = await rootOf(collector, 'kv.put', 5);
  assert.deepEqual([root.traceId, root.parentSpanId], [TRACE_ID, PARENT_ID]);
  assertStory(collector, root, ['parse', 'propose', 'durable', 'chosen', 'applied']);
  const response = await fetch(`http://${HOST}:${cluster.address(0).httpPort}/v1/kv/sampled`, {
    headers: { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` },
  });
  assert.equal(await response.text(), 'value');
  const read = await rootOf(collector, 'kv.get', 2);
  assert.deepEqual([read.traceId, read.parentSpanId], [TRACE_ID, PARENT_ID]);
  assert.equal(collector.spans.filter(({ name }) => name === 'kv.put').length, 1);
});

/** Spans of them would fill what waits for the collector twenty times. */
const WRITES = 10_000;
const BATCH = 500;

test('without a collector nothing is lost or held up, and the loss is said once', async (t) => {
  const cluster = await RealCluster.start(t, 1, { environment: environment('http://127.0.0.1:9') });
  const client = await RespConnection.open(cluster.address(0).redisPort);
  for (let sent = 0; sent < WRITES; sent += BATCH) {
    const replies = await client.pipeline(
      Array.from({ length: BATCH }, (_, index) => ['SET', `key-${sent + index}`, 'value']),
    );
    assert.ok(replies.every((reply) => reply === '+OK\r\n'));
  }
  assert.equal((await cluster.status(0))?.keys, WRITES);
  const losses = () => cluster.lines(0).filter((line) => line.includes('"traces-lost"'));
  await eventually('the loss is told', () => (losses().length > 0 ? true : undefined));
  assert.match(
    losses()[0] ?? '',
    /spans are lost: http:\/\/127\.0\.0\.1:9\/v1\/traces does not take them: (?:ECONNREFUSED|more come than it takes)/,
  );
  cluster.signal(0, 'SIGTERM');
  assert.equal(await cluster.ended(0), 'exit code 0');
  assert.equal(losses().length, 1);
});
