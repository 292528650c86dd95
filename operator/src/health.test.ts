import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Registry } from 'prom-client';
import { type Check, HealthServer, informerCheck } from './health.ts';
import { type OperatorMetricSources, OperatorMetrics } from './metrics.ts';

const NOTHING: OperatorMetricSources = { loops: [], informers: () => [] };

async function answerOf(port: number, path: string, method = 'GET'): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return [response.status, await response.text()];
}

suite('HealthServer', () => {
  test('answers by its checks, and says which failed and why', async () => {
    let fault: string | undefined;
    const check: Check = () => fault;
    const health = new HealthServer({
      host: '127.0.0.1',
      port: 0,
      live: { process: () => undefined },
      ready: { first: () => undefined, second: check },
      registry: new Registry(),
    });
    const port = await health.start();
    assert.deepEqual(await answerOf(port, '/healthz'), [200, '[+] process ok\nok\n']);
    assert.deepEqual(await answerOf(port, '/readyz'), [200, '[+] first ok\n[+] second ok\nok\n']);
    fault = 'pods have not been read yet';
    assert.deepEqual(await answerOf(port, '/readyz'), [
      503,
      '[+] first ok\n[-] second: pods have not been read yet\nfailed\n',
    ]);
    assert.equal((await answerOf(port, '/healthz'))[0], 200);
    assert.equal((await answerOf(port, '/'))[0], 404);
    assert.equal((await answerOf(port, '/healthz', 'POST'))[0], 405);
    await health.stop();
  });

  test('an informer is ready once it has synced and as long as it hears of the server', () => {
    const informer = { resource: 'pods', hasSynced: false, age: Infinity, ageMs: () => informer.age };
    const check = informerCheck(informer);
    assert.equal(check(), 'pods have not been read yet');
    informer.hasSynced = true;
    informer.age = 1_000;
    assert.equal(check(), undefined);
    informer.age = 301_000;
    assert.equal(check(), 'nothing was heard of pods for 301 s');
  });
});

suite('OperatorMetrics', () => {
  test('counts events under the names that dashboards for controller-runtime know', async () => {
    const counts = { depth: 3, adds: 7, retries: 2, workingSinceMs: [performance.now() - 60_000] };
    const metrics = new OperatorMetrics({
      loops: [{ name: 'paxoscluster', concurrency: 4, counts }],
      informers: () => [{ resource: 'pods', ageMs: () => 2_500 }],
    });
    const { observe } = metrics;
    const reconciled = {
      kind: 'reconciled',
      controller: 'paxoscluster',
      key: 'a/b',
      nextInMs: undefined,
    } as const;
    observe({ ...reconciled, result: 'success', durationMs: 20, error: undefined });
    observe({ ...reconciled, result: 'error', durationMs: 20, error: new Error('no') });
    observe({ kind: 'requestDone', method: 'GET', host: 'api:443', code: '200', durationMs: 1 });
    observe({ kind: 'requestDone', method: 'PATCH', host: 'api:443', code: '<error>', durationMs: 1 });
    observe({ kind: 'leadership', lease: 'operator', state: 'leading', detail: '' });
    observe({ kind: 'dequeued', controller: 'paxoscluster', waitedMs: 5 });
    const text = await metrics.registry.metrics();
    const lines = text.split('\n');
    for (const line of [
      'controller_runtime_reconcile_total{controller="paxoscluster",result="success"} 1',
      'controller_runtime_reconcile_total{controller="paxoscluster",result="error"} 1',
      'controller_runtime_reconcile_errors_total{controller="paxoscluster"} 1',
      'controller_runtime_reconcile_time_seconds_count{controller="paxoscluster"} 2',
      'controller_runtime_max_concurrent_reconciles{controller="paxoscluster"} 4',
      'controller_runtime_active_workers{controller="paxoscluster"} 1',
      'workqueue_depth{name="paxoscluster"} 3',
      'workqueue_adds_total{name="paxoscluster"} 7',
      'workqueue_retries_total{name="paxoscluster"} 2',
      'workqueue_queue_duration_seconds_count{name="paxoscluster"} 1',
      'workqueue_work_duration_seconds_count{name="paxoscluster"} 2',
      'rest_client_requests_total{code="200",method="GET",host="api:443"} 1',
      'rest_client_requests_total{code="<error>",method="PATCH",host="api:443"} 1',
      'leader_election_master_status{name="operator"} 1',
      'paxoskv_operator_informer_age_seconds{resource="pods"} 2.5',
    ]) {
      assert.ok(lines.includes(line), line);
    }
    assert.match(text, /workqueue_longest_running_processor_seconds\{name="paxoscluster"\} (?:6\d|59)/);
    assert.deepEqual(await metrics.registry.metrics().then((again) => /adds_total.*\} 7/.test(again)), true);
  });

  test('a lost lease is no leadership', async () => {
    const metrics = new OperatorMetrics(NOTHING);
    metrics.observe({ kind: 'leadership', lease: 'operator', state: 'leading', detail: '' });
    metrics.observe({ kind: 'leadership', lease: 'operator', state: 'lost', detail: '' });
    assert.match(await metrics.registry.metrics(), /leader_election_master_status\{name="operator"\} 0/);
  });
});
