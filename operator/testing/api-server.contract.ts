/**
 * What the operator's runtime relies on in an API server, as tests: the stand-in passes them, and the real
 * one passes them too (`test/kube`), so that what is proved against the stand-in means something.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Applier } from '../src/kube/applier.ts';
import {
  CONFIG_MAP,
  EVENT,
  LEASE,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  STATEFUL_SET,
} from '../src/kube/builtin-kinds.ts';
import { EventRecorder } from '../src/kube/event-recorder.ts';
import { AlreadyExists, ApiError, Conflict, Invalid, NotFound } from '../src/kube/failures.ts';
import { type Change, Informer, INFORMER_TIMING } from '../src/kube/informer.ts';
import type { Kind } from '../src/kube/kind.ts';
import { KubeApi } from '../src/kube/kube-api.ts';
import { keyOf, type KubeObject, type Live } from '../src/kube/kube-object.ts';
import { LeaderElection } from '../src/kube/leader-election.ts';
import { newLease } from '../src/kube/lease-record.ts';
import type { Transport } from '../src/kube/transport.ts';
import { eventually } from './eventually.ts';

export interface ContractServer {
  readonly transport: Transport;
  /** Empty at first, and the suite's alone. */
  readonly namespace: string;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const SELECTED = { 'paxoskv.dev/suite': 'contract' } as const;
const OTHER: Kind = {
  apiVersion: 'nowhere.paxoskv.dev/v1',
  kind: 'Other',
  plural: 'others',
  namespaced: true,
};

export function testApiServer(title: string, server: () => Promise<ContractServer>): void {
  suite(title, () => {
    testVerbs(server);
    testApply(server);
    testInformer(server);
    testLeaseAndEvents(server);
  });
}

function testVerbs(server: () => Promise<ContractServer>): void {
  test('an object is created once, read, found missing by type, and deleted only as the one it is', async () => {
    const { api, configMap } = await tools(server);
    const made = await api.create(CONFIG_MAP, configMap('one', { a: '1' }));
    assert.equal(made.kind, 'ConfigMap');
    assert.equal('managedFields' in made.metadata, false);
    await assert.rejects(api.create(CONFIG_MAP, configMap('one', {})), AlreadyExists);
    await assert.rejects(api.get(CONFIG_MAP, { ...made.metadata, name: 'none' }), NotFound);
    assert.equal(await api.find(CONFIG_MAP, { ...made.metadata, name: 'none' }), undefined);

    const stranger = { ...made.metadata, uid: '7f3f3f3f-0000-4000-8000-000000000000' };
    await assert.rejects(api.delete(CONFIG_MAP, stranger), Conflict);
    const changed = await api.patch<ConfigMap>(CONFIG_MAP, made.metadata, { data: { a: null, b: '2' } });
    assert.deepEqual(changed.data, { b: '2' });
    await assert.rejects(api.delete(CONFIG_MAP, made.metadata), Conflict, 'an older version');
    await api.delete(CONFIG_MAP, changed.metadata);
    assert.equal(await api.find(CONFIG_MAP, made.metadata), undefined);
  });

  test('replacing and patching with an old resourceVersion is a conflict', async () => {
    const { api, configMap } = await tools(server);
    const made = await api.create(CONFIG_MAP, configMap('versions', { a: '1' }));
    await api.replace(CONFIG_MAP, { ...made, data: { a: '2' } });
    await assert.rejects(api.replace(CONFIG_MAP, { ...made, data: { a: '3' } }), Conflict);
    const { resourceVersion } = made.metadata;
    const patch = { metadata: { resourceVersion }, data: { a: '4' } };
    await assert.rejects(api.patch(CONFIG_MAP, made.metadata, patch), Conflict);
    assert.deepEqual((await api.get<ConfigMap>(CONFIG_MAP, made.metadata)).data, { a: '2' });
  });

  test('a list is complete, of one kind and selection, and its items look like those of a get', async () => {
    const { api, configMap, namespace } = await tools(server);
    const made = await api.create(CONFIG_MAP, configMap('listed', {}, { of: 'list' }));
    const { items, resourceVersion } = await api.list(CONFIG_MAP, { namespace, labels: { of: 'list' } });
    assert.deepEqual(items, [made]);
    assert.match(resourceVersion, /^\d+$/);
    assert.equal((await api.list(CONFIG_MAP, { namespace, labels: { of: 'nothing' } })).items.length, 0);
  });

  test('a list comes in pages, all of the version of the first', async () => {
    const { api, transport, configMap, namespace } = await tools(server);
    for (const name of ['p1', 'p2', 'p3']) await api.create(CONFIG_MAP, configMap(name, {}, { of: 'pages' }));
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const query = { labelSelector: 'of=pages', limit: '2' };
    type Page = { metadata: { continue?: string; resourceVersion: string }; items: KubeObject[] };
    const first = (await transport.request({ method: 'GET', path, query })) as Page;
    await api.create(CONFIG_MAP, configMap('p4', {}, { of: 'pages' }));
    const rest = { ...query, continue: first.metadata.continue ?? '' };
    const second = (await transport.request({ method: 'GET', path, query: rest })) as Page;
    assert.deepEqual(
      [first, second].map(({ items }) => items.map(({ metadata }) => metadata.name)),
      [['p1', 'p2'], ['p3']],
    );
    assert.equal(second.metadata.continue ?? '', '');
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  test('whether a kind is served can be asked, and an unknown kind is not found', async () => {
    const { api, namespace } = await tools(server);
    assert.equal(await api.serves(STATEFUL_SET), true);
    assert.equal(await api.serves(OTHER), false);
    await assert.rejects(api.list(OTHER, { namespace }), NotFound);
  });

  test('a Lease with a time of milliseconds is refused, and one with microseconds is not', async () => {
    const { api, namespace } = await tools(server);
    const lease = newLease({ namespace, name: 'times' }, 'me', 1_000);
    const bad = { ...lease, spec: { ...lease.spec, renewTime: new Date().toISOString() } };
    await assert.rejects(
      api.create(LEASE, bad),
      (error) => error instanceof ApiError && error.status === 400,
    );
    await api.create(LEASE, lease);
  });
}

function testApply(server: () => Promise<ContractServer>): void {
  test('applying creates, changes, removes what is given no more, and leaves alone what others set', async () => {
    const { api, configMap } = await tools(server);
    const made = await api.apply(CONFIG_MAP, configMap('applied', { a: '1', b: '2' }));
    await api.patch(CONFIG_MAP, made.metadata, { data: { other: 'x' } });
    const changed = await api.apply<ConfigMap>(CONFIG_MAP, configMap('applied', { a: '3' }));
    assert.deepEqual(changed.data, { a: '3', other: 'x' });
    assert.equal(changed.metadata.uid, made.metadata.uid);
  });

  test('what held nothing but what is given no more goes along with it', async () => {
    const { api, configMap } = await tools(server);
    const { metadata, ...rest } = configMap('emptied', { a: '1' });
    await api.apply(CONFIG_MAP, { ...rest, metadata: { ...metadata, annotations: { note: 'b' } } });
    const bare = await api.apply(CONFIG_MAP, { ...rest, metadata });
    assert.equal('annotations' in bare.metadata, false);
  });

  test('applying what is there already changes no version', async () => {
    const { api, configMap } = await tools(server);
    const first = await api.apply(CONFIG_MAP, configMap('idle', { a: '1' }));
    const second = await api.apply(CONFIG_MAP, configMap('idle', { a: '1' }));
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  test('applying takes a field from another manager, and to a uid only if that one lives', async () => {
    const { api, transport, configMap } = await tools(server);
    const made = await api.apply(CONFIG_MAP, configMap('taken', { a: '1' }));
    const thief = new KubeApi({ transport, fieldManager: 'paxoskv-thief' });
    await thief.apply(CONFIG_MAP, configMap('taken', { a: '2' }));
    const back = await api.apply<ConfigMap>(CONFIG_MAP, configMap('taken', { a: '3' }));
    assert.deepEqual(back.data, { a: '3' });

    await api.delete(CONFIG_MAP, back.metadata);
    const named = configMap('taken', { a: '4' });
    const gone = { ...named, metadata: { ...named.metadata, uid: made.metadata.uid } };
    await assert.rejects(api.apply(CONFIG_MAP, gone), ApiError);
    assert.equal(await api.find(CONFIG_MAP, made.metadata), undefined);
  });

  test('an object that breaks a rule is refused with the server’s sentence', async () => {
    const { api, configMap } = await tools(server);
    const bad = { ...configMap('UPPER', {}), data: {} };
    await assert.rejects(api.create(CONFIG_MAP, bad), (error) => {
      assert.ok(error instanceof Invalid);
      assert.match(error.message, /UPPER.*invalid/);
      return true;
    });
  });

  test('the applier asks only when something is wanted or found otherwise, defaults notwithstanding', async () => {
    const { api, namespace } = await tools(server);
    const applier = new Applier(api);
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'defaults', namespace },
      spec: { clusterIP: 'None', ports: [{ port: 80 }], selector: { a: 'b' } },
    };
    const first = await applier.apply(SERVICE, service, undefined);
    assert.equal(first.asked, true);
    const live = await api.get<typeof service>(SERVICE, service.metadata);
    assert.equal((await applier.apply(SERVICE, service, live)).asked, false);
    await api.patch(SERVICE, service.metadata, { metadata: { labels: { by: 'another' } } });
    const touched = await api.get<typeof service>(SERVICE, service.metadata);
    assert.equal((await applier.apply(SERVICE, service, touched)).asked, true);
    assert.equal((await applier.apply(SERVICE, service, touched)).asked, false);
    const wanted = { ...service, spec: { ...service.spec, selector: { a: 'c' } } };
    assert.equal((await applier.apply(SERVICE, wanted, touched)).asked, true);
  });

  test('the status is applied apart from the rest, once, and never to another incarnation', async () => {
    const { api, namespace } = await tools(server);
    const applier = new Applier(api);
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'status', namespace },
      spec: { minAvailable: 1, selector: { matchLabels: { no: 'pod' } } },
    };
    const made = await api.apply(POD_DISRUPTION_BUDGET, budget);
    const status = {
      conditions: [
        {
          type: 'Tested',
          status: 'True',
          reason: 'Contract',
          message: 'By a test',
          lastTransitionTime: '2026-01-31T12:00:00Z',
        },
      ],
    };
    // The controller of budgets writes its first status meanwhile.
    await eventually('a version that nobody else writes', async () => {
      const newest = await api.get(POD_DISRUPTION_BUDGET, budget.metadata);
      return await applier.applyStatus(POD_DISRUPTION_BUDGET, newest, status).catch(falseIfConflict);
    });
    await assert.rejects(applier.applyStatus(POD_DISRUPTION_BUDGET, made, { conditions: [] }), Conflict);
    const live = await api.get<KubeObject & { status?: typeof status; spec?: unknown }>(
      POD_DISRUPTION_BUDGET,
      budget.metadata,
    );
    assert.ok(live.status?.conditions.some(({ type }) => type === 'Tested'));
    assert.equal(live.metadata.generation, made.metadata.generation);
    await api.delete(POD_DISRUPTION_BUDGET, { ...budget.metadata, uid: made.metadata.uid });
    await api.apply(POD_DISRUPTION_BUDGET, budget);
    await assert.rejects(applier.applyStatus(POD_DISRUPTION_BUDGET, made, status), ApiError);
  });
}

function falseIfConflict(error: unknown): false {
  if (error instanceof Conflict) return false;
  throw error;
}

function testInformer(server: () => Promise<ContractServer>): void {
  test('an informer sees what was there, what comes, changes and goes, and only what is selected', async () => {
    const { api, configMap, namespace } = await tools(server);
    await api.create(CONFIG_MAP, configMap('before', { a: '1' }, SELECTED));
    const seen: string[] = [];
    const informer = new Informer<ConfigMap>({
      api,
      kind: CONFIG_MAP,
      selection: { namespace, labels: SELECTED },
      onChange: (change: Change<ConfigMap>) => seen.push(`${change.type} ${change.object.metadata.name}`),
      observer: () => {},
      timing: INFORMER_TIMING,
    });
    informer.start();
    await informer.synced();
    assert.deepEqual(seen, ['added before']);

    const made = await api.create(CONFIG_MAP, configMap('during', { a: '1' }, SELECTED));
    await api.create(CONFIG_MAP, configMap('unselected', {}));
    await api.apply(CONFIG_MAP, configMap('before', { a: '2' }, SELECTED));
    await api.patch(
      CONFIG_MAP,
      { namespace, name: 'during' },
      { metadata: { labels: { 'paxoskv.dev/suite': null } } },
    );
    await eventually('four changes', () => seen.length === 4);
    assert.deepEqual(seen.slice(1), ['added during', 'modified before', 'deleted during']);
    const name = { namespace, name: 'before' };
    const fresh: Live<ConfigMap> = await api.get<ConfigMap>(CONFIG_MAP, name);
    assert.deepEqual(informer.cache.get(name), fresh, 'a watched object is like one that was read');
    assert.deepEqual(informer.cache.select({ namespace, labels: SELECTED }), [fresh]);
    assert.equal(informer.cache.get(made.metadata), undefined);
    await informer.stop();
  });
}

function testLeaseAndEvents(server: () => Promise<ContractServer>): void {
  test('of two candidates one leads, and the other follows at once when the first stops well', async () => {
    const { api, namespace } = await tools(server);
    const candidate = (identity: string): LeaderElection =>
      new LeaderElection({
        api,
        lease: { namespace, name: 'operator' },
        identity,
        onLost: (reason) => assert.fail(reason),
        observer: () => {},
        timing: { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 100 },
      });
    const first = candidate('first');
    first.start();
    await first.acquired();
    const second = candidate('second');
    second.start();
    await eventually('a renewal', async () => {
      const { metadata } = await api.get(LEASE, { namespace, name: 'operator' });
      return metadata.resourceVersion !== '' && first.leads;
    });
    assert.equal(second.leads, false);
    await first.stop();
    await second.acquired();
    assert.deepEqual([first.leads, second.leads], [false, true]);
    await second.stop();
  });

  test('an event told five times is one Event with a count', async () => {
    const { api, configMap, namespace } = await tools(server);
    const regarding = await api.create(CONFIG_MAP, configMap('eventful', {}));
    const dropped: string[] = [];
    const recorder = new EventRecorder({
      api,
      controller: 'paxoskv.dev/operator',
      observer: (event) => event.kind === 'eventDropped' && dropped.push(event.why),
    });
    const tell = (): void =>
      recorder.record({
        regarding,
        type: 'Warning',
        reason: 'Tested',
        action: 'Test',
        note: 'It was tested.',
      });
    tell();
    const events = async (): Promise<readonly (Live & { series?: { count: number } })[]> =>
      (await api.list(EVENT, { namespace })).items.filter(({ metadata }) =>
        metadata.name.startsWith('eventful.'),
      );
    await eventually('the first', async () => (await events()).length === 1);
    for (let time = 2; time <= 5; time += 1) tell();
    await eventually('the series', async () => ((await events())[0]?.series?.count ?? 0) >= 4);
    assert.equal((await events()).length, 1);
    await recorder.stop();
    assert.deepEqual(dropped, []);
    assert.match(keyOf((await events())[0]?.metadata ?? { name: '' }), /eventful/);
  });
}

async function tools(server: () => Promise<ContractServer>) {
  const { transport, namespace } = await server();
  return {
    transport,
    namespace,
    api: new KubeApi({ transport, fieldManager: 'paxoskv-contract' }),
    configMap: (name: string, data: Record<string, string>, labels: Record<string, string> = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels },
      data,
    }),
  };
}
