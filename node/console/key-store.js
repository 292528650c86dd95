/** Keys and values as this port gives them. Keys are bytes, one per character: so binary ones pass unharmed. */
import { problemText } from './live.js';
import { authorization } from './session.js';

/** @import {KeyTerms} from '../src/admin/console/key-access.ts' */
/** @typedef {{key: string, revision: number}} ListedKey */
/** @typedef {{keys: ListedKey[], next: string | undefined, revision: number}} KeyPage */
/** @typedef {{bytes: Uint8Array<ArrayBuffer>, isCut: boolean, revision: string, expiresAtMs: number | undefined}} Value */

const PAGE_KEYS = 20;
/** What is shown of a value; the rest is not fetched. */
const VALUE_BYTES_SHOWN_MAX = 64 * 1024;

/** The port wants a secret, or another one. */
export class Unauthorized extends Error {}

export class KeyStore {
  /** @type {KeyTerms['wants']} */
  wants = null;
  /** How far the clock of the replica is ahead of the browser's. */
  aheadMs = 0;

  /**
   * A page of keys that begin with `prefix`, from behind the key `after` on.
   * @param {string} prefix @param {string} after @param {boolean} stale
   * @returns {Promise<KeyPage>}
   */
  async page(prefix, after, stale) {
    const query = `prefix=${encoded(prefix)}&after=${encoded(after)}&limit=${PAGE_KEYS}${consistency('&', stale)}`;
    const response = await this.#ask(`keys/?${query}`);
    /** @type {{revision: number, items: {key: string, keyEncoding?: string, revision: number}[], next?: string}} */
    const { items, next, revision } = await response.json();
    const keys = items.map((item) => ({
      key: item.keyEncoding === 'base64' ? atob(item.key) : bytesOf(item.key),
      revision: item.revision,
    }));
    return { keys, next: next === undefined ? undefined : keys.at(-1)?.key, revision };
  }

  /**
   * Undefined when there is no such key.
   * @param {string} key @param {boolean} stale
   * @returns {Promise<Value | undefined>}
   */
  async value(key, stale) {
    const response = await this.#ask(`keys/${encoded(key)}${consistency('?', stale)}`, {}, [404]);
    if (response.status === 404) return undefined;
    const { bytes, isCut } = await beginningOf(response);
    const expiry = response.headers.get('PaxosKV-Expires-At');
    return {
      bytes,
      isCut,
      revision: response.headers.get('PaxosKV-Revision') ?? '',
      expiresAtMs: expiry === null ? undefined : Number(expiry),
    };
  }

  /**
   * Fails when the key was changed since that revision; '' means that there must be none. A key that expires does so when it would have.
   * @param {string} key @param {Uint8Array<ArrayBuffer>} bytes @param {Pick<Value, 'revision' | 'expiresAtMs'>} before
   */
  async put(key, bytes, { revision, expiresAtMs }) {
    const headers = { ...condition(revision), 'Content-Type': 'application/octet-stream' };
    await this.#ask(`keys/${encoded(key)}${this.#lifetime(expiresAtMs)}`, {
      method: 'PUT',
      body: bytes,
      headers,
    });
  }

  /** One that has passed meanwhile is for the replica to refuse, since the key is gone. @param {number | undefined} expiresAtMs */
  #lifetime(expiresAtMs) {
    if (expiresAtMs === undefined) return '';
    return `?ttl=${Math.max(1, Math.round(expiresAtMs - Date.now() - this.aheadMs))}ms`;
  }

  /** @param {string} key @param {string} revision */
  async delete(key, revision) {
    await this.#ask(`keys/${encoded(key)}`, { method: 'DELETE', headers: condition(revision) });
  }

  /**
   * @param {string} address @param {RequestInit & {headers?: Record<string, string>}} [request]
   * @param {readonly number[]} [alsoGood]
   */
  async #ask(address, request = {}, alsoGood = []) {
    const headers = Object.assign(authorization(this.wants), request.headers);
    const response = await fetch(address, { ...request, headers, cache: 'no-store' });
    if (response.ok || alsoGood.includes(response.status)) return response;
    const text = await problemText(response);
    throw response.status === 401 ? new Unauthorized(text) : new Error(text);
  }
}

/** @param {Response} response */
async function beginningOf(response) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    // To leave the loop gives the rest up.
    if (length > VALUE_BYTES_SHOWN_MAX) break;
  }
  const all = new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (chunks)).arrayBuffer());
  return { bytes: all.slice(0, VALUE_BYTES_SHOWN_MAX), isCut: length > VALUE_BYTES_SHOWN_MAX };
}

/** @param {string} revision */
function condition(revision) {
  /** @type {Record<string, string>} */
  const headers = revision === '' ? { 'If-None-Match': '*' } : { 'If-Match': `"${revision}"` };
  return headers;
}

/** @param {string} lead @param {boolean} stale */
function consistency(lead, stale) {
  return stale ? `${lead}consistency=stale` : '';
}

/** @param {string} bytes one per character */
function encoded(bytes) {
  return bytes.replaceAll(
    /[^A-Za-z0-9._~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

/** The bytes of a text, one per character. @param {string} text */
export function bytesOf(text) {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

/** @param {string} bytes one per character */
export function arrayOf(bytes) {
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}
