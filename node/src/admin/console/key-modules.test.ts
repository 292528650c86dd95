/** What the page's own modules do with the bytes and the lifetime of a key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

type Change = (
  key: string,
  bytes: Uint8Array,
  before: { revision: string; expiresAtMs: number | undefined },
) => Promise<void>;

/** By address, since their types stand in comments, which these settings do not read. */
async function moduleOf<Exports>(name: string): Promise<Exports> {
  return (await import(new URL(`../../../console/${name}`, import.meta.url).href)) as Exports;
}

test('only what comes out of a text field as it went in is offered to be edited, and no byte is hidden', async () => {
  const { isEditable, textOf } = await moduleOf<{
    isEditable: (bytes: Uint8Array) => boolean;
    textOf: (bytes: Uint8Array) => string;
  }>('byte-text.js');
  for (const [text, expected] of [
    ['', true],
    ['one\ntwo\n', true],
    ['gr\u00fc\u00df', true],
    ['\ufeffmarked', true],
    ['one\r\ntwo', false],
    ['one\rtwo', false],
    ['\u0000', false],
  ] as const) {
    assert.equal(isEditable(Buffer.from(text)), expected, JSON.stringify(text));
    assert.equal(textOf(Buffer.from(text)), text);
  }
  assert.equal(isEditable(Buffer.from([0xff])), false);
});

test('a key that expires is saved with what is left of its lifetime, by the clock of the replica', async (t) => {
  const { KeyStore } = await moduleOf<{ KeyStore: new () => { put: Change; aheadMs: number } }>(
    'key-store.js',
  );
  const asked: string[] = [];
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 });
  t.mock.method(globalThis, 'fetch', (address: string) => {
    asked.push(address);
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  const store = new KeyStore();
  store.aheadMs = 2_000;
  for (const expiresAtMs of [undefined, 1_800_000_012_500, 1_800_000_000_500]) {
    await store.put('a', Buffer.from('x'), { revision: '7', expiresAtMs });
  }
  assert.deepEqual(asked, ['keys/a', 'keys/a?ttl=10500ms', 'keys/a?ttl=1ms']);
});
