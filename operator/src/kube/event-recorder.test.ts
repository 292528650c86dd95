import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventually } from '../../testing/eventually.ts';
import { FakeApiServer } from '../../testing/fake-api-server.ts';
import { Refused } from '../../testing/refused.ts';
import { CONFIG_MAP, EVENT, NAMESPACE } from './builtin-kinds.ts';
import { type EventNews, EventRecorder } from './event-recorder.ts';
import { KubeApi } from './kube-api.ts';
import type { KubeObject, Live } from './kube-object.ts';
import type { RuntimeEvent } from './runtime-event.ts';

type EventObject = KubeObject & {
  readonly note: string;
  readonly reason: string;
  readonly regarding: { readonly uid: string; readonly name: string };
  readonly series?: { readonly count: number };
};

class Told {
  readonly server = new FakeApiServer();
  readonly regarding: Live = this.server.create(CONFIG_MAP, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'test', name: 'told' },
  });
  readonly dropped: string[] = [];
  readonly recorder = new EventRecorder({
    api: new KubeApi({ transport: this.server.transport(), fieldManager: 'test' }),
    controller: 'paxoskv.dev/test',
    observer: (event: RuntimeEvent) => event.kind === 'eventDropped' && this.dropped.push(event.why),
  });

  tell(news: Partial<EventNews> = {}): void {
    const { regarding } = this;
    this.recorder.record({
      regarding,
      type: 'Normal',
      reason: 'Told',
      action: 'Tell',
      note: 'Told.',
      ...news,
    });
  }

  events(): Live<EventObject>[] {
    return this.server.list<EventObject>(EVENT);
  }
}

suite('EventRecorder', () => {
  test('tells of an object without a namespace in `default`', async () => {
    const told = new Told();
    const regarding = told.server.create(NAMESPACE, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'n' },
    });
    told.tell({ regarding });
    await told.recorder.stop();
    assert.deepEqual(
      told.events().map(({ metadata }) => metadata.namespace),
      ['default'],
    );
  });

  test('what is told a thousand times is one Event, and a dozen requests', async () => {
    const told = new Told();
    for (let time = 0; time < 1_000; time += 1) {
      told.tell();
      if (time % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('the series', () => (told.events()[0]?.series?.count ?? 0) >= 512);
    await told.recorder.stop();
    assert.equal(told.events().length, 1);
    assert.ok(told.server.writes.length <= 10, `${told.server.writes.length} writes`);
    assert.deepEqual(told.dropped, []);
  });

  test('different texts are different Events, up to a burst; then they are dropped, and that is said', async () => {
    const told = new Told();
    for (let index = 0; index < 40; index += 1) told.tell({ type: 'Normal', note: `Text ${index}.` });
    told.tell({ type: 'Warning', note: 'That goes through.' });
    await told.recorder.stop();
    assert.equal(told.events().length, 26);
    assert.equal(told.dropped.length, 15);
  });

  test('a deleted Event is made again when it is told again', async () => {
    const told = new Told();
    told.tell();
    await eventually('the Event', () => told.events().length === 1);
    const first = told.events()[0];
    told.server.delete(EVENT, first?.metadata ?? { name: '' });
    told.tell();
    await eventually('it again', () => told.events().length === 1);
    assert.notEqual(told.events()[0]?.metadata.uid, first?.metadata.uid);
    await told.recorder.stop();
  });

  test('tries again when the API server is away, and gives up what it refuses', async () => {
    const told = new Told();
    told.server.fail(1, new Refused(500, 'InternalError', 'etcd is away'));
    told.tell();
    await eventually('the Event', () => told.events().length === 1);
    told.server.fail(1, new Refused(403, 'Forbidden', 'the namespace is being terminated'));
    told.tell({ note: 'Refused.' });
    await eventually('a refusal', () => told.dropped.length === 1);
    assert.match(told.dropped[0] ?? '', /being terminated/);
    await told.recorder.stop();
  });

  test('stop() does not wait for an API server that is away', async () => {
    const told = new Told();
    told.server.fail(Infinity, 'cut');
    for (let index = 0; index < 5; index += 1) told.tell({ note: `Text ${index}.` });
    await told.recorder.stop();
    assert.equal(told.dropped.length, 5);
    assert.equal(told.server.writes.length, 1);
    told.tell();
    assert.equal(told.server.writes.length, 1);
  });

  test('texts longer than the API server takes are cut', async () => {
    const told = new Told();
    told.tell({ note: 'x'.repeat(5_000), reason: 'R'.repeat(500) });
    await told.recorder.stop();
    assert.deepEqual(
      told.events().map(({ note, reason }) => [note.length, reason.length]),
      [[1_024, 128]],
    );
  });
});
