import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { eventually } from '../../testing/eventually.ts';
import { FakeApiServer, listOf, watchOf } from '../../testing/fake-api-server.ts';
import { FakeListener } from '../../testing/fake-listener.ts';
import { Refused } from '../../testing/refused.ts';
import { CONFIG_MAP, POD } from './builtin-kinds.ts';
import { HttpTransport } from './http-transport.ts';
import { type Change, Informer, INFORMER_TIMING, type InformerTiming } from './informer.ts';
import { KubeApi } from './kube-api.ts';
import type { KubeObject } from './kube-object.ts';
import type { RuntimeEvent } from './runtime-event.ts';
import type { Transport } from './transport.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const NAMESPACE = 'test';
const QUICK: InformerTiming = { ...INFORMER_TIMING, backoff: { firstMs: 5, mostMs: 20 } };
const SERVER_ERROR = new Refused(500, 'InternalError', 'etcd is away');

class Watched {
  readonly server: FakeApiServer;
  readonly informer: Informer<ConfigMap>;
  readonly changes: string[] = [];
  readonly events: RuntimeEvent[] = [];

  constructor(
    t: TestContext,
    server: FakeApiServer,
    transport: Transport = server.transport(),
    timing: InformerTiming = QUICK,
  ) {
    this.server = server;
    this.informer = new Informer<ConfigMap>({
      api: new KubeApi({ transport, fieldManager: 'test' }),
      kind: CONFIG_MAP,
      onChange: (change) => this.changes.push(textOf(change)),
      observer: (event) => this.events.push(event),
      timing,
    });
    t.after(async () => {
      await this.informer.stop();
      server.close();
    });
  }

  /** Reads what is there, opens the watch, and forgets what was told until then. */
  async start(): Promise<void> {
    this.informer.start();
    await this.informer.synced();
    await this.watching();
    this.changes.length = 0;
  }

  async watching(): Promise<void> {
    await eventually('an open watch', () => this.server.watches.open === 1);
  }

  async until(...changes: string[]): Promise<void> {
    await eventually(changes.join(', '), () => this.changes.length >= changes.length);
    assert.deepEqual(this.changes, changes);
  }

  lists(): string[] {
    return this.events.flatMap((event) => (event.kind === 'listed' ? [event.why] : []));
  }
}

suite('Informer', () => {
  test('reads all pages before it says that it has synced', async (t) => {
    const watched = new Watched(t, new FakeApiServer());
    for (let index = 0; index < 1_203; index += 1) put(watched.server, `c${index}`);
    assert.equal(watched.informer.hasSynced, false);
    assert.equal(watched.informer.ageMs(), Infinity);
    await watched.start();
    assert.equal(watched.informer.cache.size, 1_203);
    assert.equal(watched.server.requests.filter(listOf(CONFIG_MAP)).length, 3);
    assert.ok(Number.isFinite(watched.informer.ageMs()));
  });

  test('goes on from its last version when the server ends a watch, without reading all again', async (t) => {
    const watched = await started(t);
    watched.server.watches.endAll();
    put(watched.server, 'a');
    await watched.until('added a');
    assert.deepEqual(watched.lists(), ['first']);
    assert.equal(watched.events.filter(({ kind }) => kind === 'informerFailed').length, 0);
  });

  test('goes on from its last bookmark, which is later than any change it was told of', async (t) => {
    const watched = await started(t);
    for (let index = 0; index < 5; index += 1) watched.server.create(POD, named(POD.kind, `p${index}`));
    watched.server.watches.sendBookmarks();
    watched.server.watches.endAll();
    await watched.watching();
    const versions = watched.server.requests
      .filter(watchOf(CONFIG_MAP))
      .map(({ query }) => Number(query['resourceVersion']));
    await eventually('two watches', () => versions.length === 2);
    assert.equal((versions[1] ?? 0) - (versions[0] ?? 0), 5);
  });

  test('misses nothing when the connection breaks', async (t) => {
    const watched = await started(t);
    put(watched.server, 'a');
    await watched.until('added a');
    watched.server.watches.cutAll();
    put(watched.server, 'b');
    watched.server.delete(CONFIG_MAP, { namespace: NAMESPACE, name: 'a' });
    await watched.until('added a', 'added b', 'deleted a');
    assert.deepEqual(watched.lists(), ['first']);
  });

  for (const how of ['in the stream', 'as the answer'] as const) {
    test(`reads all again after 410 ${how}, and tells of deletions that it missed`, async (t) => {
      const watched = await started(t, 'kept', 'changed', 'gone', 'replaced');
      watched.server.watches.hold();
      watched.server.delete(CONFIG_MAP, { namespace: NAMESPACE, name: 'gone' });
      watched.server.delete(CONFIG_MAP, { namespace: NAMESPACE, name: 'replaced' });
      put(watched.server, 'replaced');
      put(watched.server, 'new');
      watched.server.patch(CONFIG_MAP, { namespace: NAMESPACE, name: 'changed' }, { data: { a: '2' } });
      watched.server.compact();
      if (how === 'in the stream') watched.server.watches.expireAll();
      else watched.server.watches.cutAll();
      await eventually('the changes', () => watched.changes.length === 5);
      assert.deepEqual(watched.changes.toSorted(), [
        'added new',
        'added replaced',
        'deleted gone',
        'deleted replaced',
        'modified changed',
      ]);
      assert.deepEqual(watched.lists(), ['first', 'recovery']);
    });
  }

  test('survives any number of server errors, on lists and watches, with growing delays', async (t) => {
    const watched = new Watched(t, new FakeApiServer());
    watched.server.fail(4, SERVER_ERROR, listOf(CONFIG_MAP));
    watched.server.fail(4, SERVER_ERROR, watchOf(CONFIG_MAP));
    watched.informer.start();
    await watched.informer.synced();
    await watched.watching();
    put(watched.server, 'a');
    await watched.until('added a');
    const delays = watched.events.flatMap((event) =>
      event.kind === 'informerFailed' ? [event.retryInMs] : [],
    );
    assert.equal(delays.length, 8);
    assert.ok((delays[0] ?? 0) <= 5 && (delays[7] ?? 0) >= 10, 'the failures of both are counted together');
  });

  test('leaves a server alone for as long as it asks to', async (t) => {
    const server = new FakeApiServer();
    const transport = server.transport();
    let refusals = 1;
    const watched = new Watched(t, server, {
      ...transport,
      async request(request) {
        const { apiError } = await import('./failures.ts');
        if (refusals-- > 0) throw apiError('GET', 429, '{"message":"too many"}', '3600');
        return await transport.request(request);
      },
    });
    watched.informer.start();
    await eventually('a failure', () => watched.events.length > 0);
    assert.deepEqual(
      watched.events.map((event) => event.kind === 'informerFailed' && event.retryInMs),
      [3_600_000],
    );
  });

  test('notices a half-open connection by its silence, and misses nothing', async (t) => {
    const server = new FakeApiServer({ bookmarkMs: 20 });
    const watched = new Watched(t, server, server.transport(), { ...QUICK, silenceMs: 400 });
    await watched.start();
    server.watches.freezeAll();
    put(server, 'a');
    await watched.until('added a');
    const failures = watched.events.flatMap((event) =>
      event.kind === 'informerFailed' ? [event.error.name] : [],
    );
    assert.deepEqual([...new Set(failures)], ['WatchStalled']);
    assert.equal(server.watches.open, 1);
  });

  test('reads everything again when that is due, at the end of a watch', async (t) => {
    const server = new FakeApiServer();
    const watched = new Watched(t, server, server.transport(), { ...QUICK, relistMs: 0 });
    await watched.start();
    server.watches.endAll();
    await eventually('a second list', () => watched.lists().length === 2);
    assert.deepEqual(watched.lists(), ['first', 'periodic']);
    assert.deepEqual(watched.changes, []);
  });

  test('does not storm a server that ends each watch at once', async (t) => {
    const watched = await started(t);
    const over = watched.server.watches;
    const watches = (): number => watched.server.requests.filter(watchOf(CONFIG_MAP)).length;
    const before = watches();
    for (let round = 0; round < 200; round += 1) {
      over.endAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(watches() - before < 100, `${watches() - before} watches in 200 rounds`);
  });

  test('has never two watches, and none once it has stopped, whenever that is', async (t) => {
    const server = new FakeApiServer();
    for (let turns = 0; turns < 25; turns += 1) {
      const watched = new Watched(t, server);
      watched.informer.start();
      watched.informer.start();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      assert.ok(server.watches.open <= 1);
      await watched.informer.stop();
      assert.equal(server.watches.open, 0, `stopped after ${turns} turns`);
    }
  });

  test('keeps up over a real connection that hangs, breaks and is refused', async (t) => {
    const server = new FakeApiServer({ bookmarkMs: 20 });
    const listener = await FakeListener.start(server);
    const transport = new HttpTransport({ access: listener.access(), userAgent: 'test', observer: () => {} });
    const watched = new Watched(t, server, transport, { ...QUICK, silenceMs: 400 });
    t.after(async () => {
      await watched.informer.stop();
      transport.close();
      await listener.close();
    });
    await watched.start();
    listener.cutAll();
    put(server, 'a');
    await watched.until('added a');
    await watched.watching();
    server.watches.freezeAll();
    put(server, 'b');
    await watched.until('added a', 'added b');
    listener.token = 'another';
    listener.cutAll();
    await eventually('refusals', () =>
      watched.events.some((e) => e.kind === 'informerFailed' && /401|Unauthorized/.test(e.error.message)),
    );
    listener.token = 'fake-token';
    put(server, 'c');
    await watched.until('added a', 'added b', 'added c');
  });

  test('ends up with what the server has, whatever happens in between', async (t) => {
    const step = fc.oneof(
      fc.record({
        what: fc.constantFrom('put', 'change', 'delete'),
        name: fc.constantFrom('a', 'b', 'c', 'd'),
      }),
      fc.record({
        what: fc.constantFrom(
          'cut',
          'end',
          'expire',
          'compact',
          'hold',
          'release',
          'bookmark',
          'failList',
          'failWatch',
          'turn',
        ),
        name: fc.constant(''),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const watched = new Watched(t, new FakeApiServer());
        watched.informer.start();
        for (const each of steps) {
          perform(watched.server, each.what, each.name);
          for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
        }
        watched.server.watches.release();
        await eventually('the same objects', () => {
          const wanted = watched.server.list<ConfigMap>(CONFIG_MAP).map(versionOf).toSorted();
          const cached = watched.informer.cache.select().map(versionOf).toSorted();
          return JSON.stringify(wanted) === JSON.stringify(cached);
        });
        assertConsistent(watched.changes);
        await watched.informer.stop();
      }),
      { numRuns: 60 },
    );
  });
});

/** Each object is told of as added, then modified, then deleted, and so on. */
function assertConsistent(changes: readonly string[]): void {
  const present = new Set<string>();
  for (const change of changes) {
    const [type = '', name = ''] = change.split(' ');
    assert.equal(present.has(name), type !== 'added', changes.join(', '));
    if (type === 'deleted') present.delete(name);
    else present.add(name);
  }
}

function perform(server: FakeApiServer, what: string, name: string): void {
  const object = { namespace: NAMESPACE, name };
  const isThere = server.find(CONFIG_MAP, object) !== undefined;
  if (what === 'put' && !isThere) put(server, name);
  if (what === 'change' && isThere) server.patch(CONFIG_MAP, object, { data: { at: String(Math.random()) } });
  if (what === 'delete' && isThere) server.delete(CONFIG_MAP, object);
  if (what === 'cut') server.watches.cutAll();
  if (what === 'end') server.watches.endAll();
  if (what === 'expire') server.watches.expireAll();
  if (what === 'compact') server.compact();
  if (what === 'hold') server.watches.hold();
  if (what === 'release') server.watches.release();
  if (what === 'bookmark') server.watches.sendBookmarks();
  if (what === 'failList') server.fail(1, SERVER_ERROR, listOf(CONFIG_MAP));
  if (what === 'failWatch') server.fail(1, 'cut', watchOf(CONFIG_MAP));
}

async function started(t: TestContext, ...names: string[]): Promise<Watched> {
  const watched = new Watched(t, new FakeApiServer());
  for (const name of names) put(watched.server, name);
  await watched.start();
  return watched;
}

function put(server: FakeApiServer, name: string): void {
  server.create(CONFIG_MAP, named(CONFIG_MAP.kind, name));
}

function named(kind: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: NAMESPACE } };
}

function textOf({ type, object }: Change<ConfigMap>): string {
  return `${type} ${object.metadata.name}`;
}

function versionOf({ metadata }: KubeObject): string {
  return `${metadata.name} ${metadata.resourceVersion}`;
}
