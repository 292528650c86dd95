/** One key: its value as text or in hexadecimal digits, and, where the replica allows it, a way to change it. */
import { hexOf, isEditable, isText, keyText, textOf } from './byte-text.js';
import { make, setText } from './elements.js';
import { size } from './numbers.js';

/** @import {KeyStore, Value} from './key-store.js' */
/** @typedef {{isStale: () => boolean, changed: () => unknown, failed: (error: unknown) => void}} Surroundings */

export class KeyValue {
  /** Whether the replica takes changes. */
  writes = false;
  element = make('div.value', { hidden: '' });
  #store;
  #surroundings;

  /** @param {KeyStore} store @param {Surroundings} surroundings */
  constructor(store, surroundings) {
    this.#store = store;
    this.#surroundings = surroundings;
  }

  /** @param {string} key one byte per character */
  async open(key) {
    try {
      this.#show(key, await this.#store.value(key, this.#surroundings.isStale()));
    } catch (error) {
      this.#surroundings.failed(error);
    }
  }

  /** @param {string} key @param {Value | undefined} value */
  #show(key, value) {
    const bytes = value?.bytes ?? new Uint8Array();
    const facts = value === undefined ? 'There is no such key.' : factsOf(value);
    const title = make('h3', { tabindex: '-1' }, keyText(key));
    const parts = [title, make('p.quiet', {}, facts)];
    if (value !== undefined) parts.push(...views(bytes));
    if (this.writes && !(value?.isCut ?? false)) parts.push(...this.#editor(key, value));
    this.element.replaceChildren(...parts);
    this.element.hidden = false;
    this.#bringIntoView(title);
  }

  /**
   * On a narrow screen it is below the list, where nobody would see that something has opened. Whoever types by now is left alone.
   * @param {HTMLElement} title
   */
  #bringIntoView(title) {
    const { top, bottom } = title.getBoundingClientRect();
    const listEnds = this.element.previousElementSibling?.getBoundingClientRect().bottom ?? 0;
    const isSeen = top >= 0 && bottom <= innerHeight;
    if (isSeen || top < listEnds || document.activeElement?.matches('input, textarea')) return;
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: 'start' });
  }

  /** @param {string} key @param {Value | undefined} value */
  #editor(key, value) {
    const isKept = value === undefined || isEditable(value.bytes);
    const area = /** @type {HTMLTextAreaElement} */ (
      make('textarea', { 'aria-label': `New value of ${keyText(key)}`, spellcheck: 'false' })
    );
    area.value = value !== undefined && isKept ? textOf(value.bytes) : '';
    const { revision = '', expiresAtMs } = value ?? {};
    const save = make('button', { type: 'button' }, value === undefined ? 'Create' : 'Save');
    save.addEventListener('click', () => {
      const bytes = new TextEncoder().encode(area.value);
      void this.#change(key, () => this.#store.put(key, bytes, { revision, expiresAtMs }));
    });
    const remove = make('button', { type: 'button' }, 'Delete');
    remove.hidden = value === undefined;
    remove.addEventListener('click', () => {
      if (confirm(`Delete ${keyText(key)}?`)) void this.#change(key, () => this.#store.delete(key, revision));
    });
    const isNew = value === undefined;
    const title = make(
      'summary',
      {},
      isNew ? 'Create it' : isKept ? 'Change it' : 'Put text in its place, or delete it',
    );
    return [make('details', isNew ? { open: '' } : {}, title, area, make('div.row', {}, save, remove))];
  }

  /** @param {string} key @param {() => Promise<void>} change */
  async #change(key, change) {
    try {
      await change();
      this.#surroundings.changed();
      await this.open(key);
    } catch (error) {
      this.#surroundings.failed(error);
    }
  }
}

/** @param {Value} value */
function factsOf({ bytes, isCut, revision, expiresAtMs }) {
  const length = isCut ? `the first ${size(bytes.length)} of more` : size(bytes.length);
  const expiry = expiresAtMs === undefined ? '' : `, until ${new Date(expiresAtMs).toLocaleString()}`;
  return `${length}, revision ${revision}${expiry}`;
}

/** @param {Uint8Array} bytes */
function views(bytes) {
  const content = make('pre', { tabindex: '0' });
  const text = make('button', { type: 'button' }, 'Text');
  const hex = make('button', { type: 'button' }, 'Hex');
  /** @param {boolean} asText */
  const show = (asText) => {
    text.setAttribute('aria-pressed', String(asText));
    hex.setAttribute('aria-pressed', String(!asText));
    content.className = asText ? '' : 'hex';
    setText(content, asText ? textOf(bytes) : hexOf(bytes));
  };
  text.addEventListener('click', () => show(true));
  hex.addEventListener('click', () => show(false));
  show(isText(bytes));
  return [make('div.row', { role: 'group', 'aria-label': 'How the value is shown' }, text, hex), content];
}
