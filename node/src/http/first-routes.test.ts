import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { runDoor } from './testing/running-door.ts';

async function json(response: Response, status = 200): Promise<unknown> {
  assert.equal(response.status, status);
  return response.json();
}

test('what is set in any of the three ways is read back', async (t) => {
  const { url } = await runDoor(t);
  const byJson = await fetch(url('/store/set'), { method: 'POST', body: '{"key":"a","value":"ü"}' });
  assert.deepEqual(await json(byJson), { key: 'a', value: 'ü', revision: 1 });
  const form = new URLSearchParams({ key: 'b c', value: 'x&y=z' });
  const byForm = await fetch(url('/store/set'), { method: 'POST', body: form });
  assert.deepEqual(await json(byForm), { key: 'b c', value: 'x&y=z', revision: 2 });
  const byPath = await fetch(url('/store/set/c%2Fd/1'));
  assert.deepEqual(await json(byPath), { key: 'c/d', value: '1', revision: 3 });
  assert.deepEqual(await json(await fetch(url('/store/get/a'))), { key: 'a', value: 'ü', revision: 1 });
  assert.deepEqual(await json(await fetch(url('/store/get/b%20c'))), {
    key: 'b c',
    value: 'x&y=z',
    revision: 2,
  });
  assert.equal(await (await fetch(url('/v1/kv/c/d'))).text(), '1', 'it is the same store');
  await json(await fetch(url('/store/get/none')), 404);
});

test('bad content of a set names the field', async (t) => {
  const { url, replica } = await runDoor(t);
  for (const [body, detail] of [
    ['no json', /^the content must be JSON/],
    ['null', /^key must be a string: it is null/],
    ['{"key":1,"value":"x"}', /^key must be a string: it is 1/],
    ['{"key":"k"}', /^value must be a string: it is null/],
  ] as const) {
    const problem = await json(await fetch(url('/store/set'), { method: 'POST', body }), 400);
    assert.match((problem as { detail: string }).detail, detail);
  }
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const form = await fetch(url('/store/set'), { method: 'POST', body: 'key=%zz&value=1', headers });
  assert.match(((await json(form, 400)) as { detail: string }).detail, /^key must have two hexadecimal/);
  assert.equal(replica.writes, 0);
});

test('a path that is not UTF-8 gets 400', async (t) => {
  const { url } = await runDoor(t);
  await json(await fetch(url('/store/get/%ff')), 400);
  await json(await fetch(url('/store/set/%zz/1')), 400);
});

test('nop goes through the log by GET and POST', async (t) => {
  const { url, replica } = await runDoor(t);
  assert.deepEqual(await json(await fetch(url('/store/nop'))), { done: true });
  assert.deepEqual(await json(await fetch(url('/store/nop'), { method: 'POST' })), { done: true });
  assert.equal(replica.writes, 2);
});

test('HEAD never changes anything', async (t) => {
  const { url, replica } = await runDoor(t);
  for (const path of ['/store/set/a/b', '/store/nop', '/crash']) {
    assert.equal((await fetch(url(path), { method: 'HEAD' })).status, 405, path);
  }
  assert.equal(replica.writes, 0);
});

test('crash is refused while it is not enabled, and the answer says how to', async (t) => {
  const { url } = await runDoor(t);
  const problem = await json(await fetch(url('/crash')), 403);
  assert.match((problem as { detail: string }).detail, /--enable-crash-route/);
});

test('crash ends the process as by kill -9 where it is enabled', async (t) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/crashing-door.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  await assert.rejects(fetch(`http://127.0.0.1:${port}/crash`));
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});

test('the log is listed and printed; other files are out of reach', async (t) => {
  const { url } = await runDoor(t);
  assert.deepEqual(await json(await fetch(url('/log/print'))), { files: ['log-1', 'log-2'] });
  const printed = await fetch(url('/log/print/log-1'));
  assert.equal(printed.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(await printed.text(), 'slot 1\nslot 2\nslot 3\n');
  await json(await fetch(url('/log/print/log-2')), 500);
  for (const name of ['..%2F..%2Fetc%2Fpasswd', '%2e%2e', 'log-3', 'log-1%00']) {
    await json(await fetch(url(`/log/print/${name}`)), 404);
  }
});
