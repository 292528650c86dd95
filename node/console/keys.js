/** The browser for keys: by prefix, page by page. Nothing is asked before somebody asks for it. */
import { byId, make, setHidden, setText } from './elements.js';
import { keyText } from './byte-text.js';
import { bytesOf, KeyStore, Unauthorized } from './key-store.js';
import { KeyValue } from './key-value.js';
import { grouped } from './numbers.js';
import { forget, secretOf } from './session.js';
import { signInForm } from './sign-in.js';

/** @import {Frame} from '../src/admin/console/frame.ts' */
/** @import {ListedKey} from './key-store.js' */

export class Keys {
  #store = new KeyStore();
  /** @type {HTMLInputElement} */
  #prefix = input({
    type: 'text',
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
    name: 'prefix',
  });
  #stale = input({ type: 'checkbox', name: 'stale' });
  #note = make('small');
  #list = make('ul.key-list');
  #said = make('p.quiet', { role: 'status' });
  #back = button('Back');
  #next = button('More');
  #exact = button('Open this key');
  #sign = make('div');
  #form;
  #value;
  /** Of the pages before this one: behind which key each began. @type {string[]} */
  #trail = [];
  #after = '';
  /** @type {string | undefined} */
  #nextAfter;

  constructor() {
    this.#value = new KeyValue(this.#store, {
      isStale: () => this.#stale.checked,
      changed: () => this.#load(),
      failed: (error) => this.#failed(error),
    });
    this.#form = make(
      'form.row',
      { role: 'search' },
      make('label', {}, make('span', {}, 'Keys that begin with'), this.#prefix),
      make('label.check', {}, this.#stale, 'as this replica has them (stale)'),
      make('button.main', { type: 'submit' }, 'Show'),
      this.#exact,
    );
    byId('keys').append(
      make('h2', { id: 'keys-title' }, 'Keys', this.#note),
      this.#sign,
      this.#form,
      this.#said,
      make(
        'div.key-columns',
        {},
        make('div', {}, this.#list, make('div.row', {}, this.#back, this.#next)),
        this.#value.element,
      ),
    );
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#trail = [];
      this.#after = '';
      void this.#load();
    });
    this.#exact.addEventListener('click', () => void this.#value.open(bytesOf(this.#prefix.value)));
    this.#next.addEventListener('click', () => this.#forward());
    this.#back.addEventListener('click', () => this.#backward());
    this.#turn(undefined);
  }

  /** @param {Frame} frame */
  show({ atMs, keys: { open, wants, writes } }) {
    this.#store.wants = wants;
    this.#store.aheadMs = atMs - Date.now();
    this.#value.writes = writes;
    setHidden(this.#form, !open);
    setText(
      this.#note,
      open
        ? writes
          ? 'may be changed here'
          : 'read-only'
        : 'not here: clients of this cluster must show a certificate, which this port does not ask for',
    );
  }

  #forward() {
    if (this.#nextAfter === undefined) return;
    this.#trail.push(this.#after);
    this.#after = this.#nextAfter;
    void this.#load();
  }

  #backward() {
    this.#after = this.#trail.pop() ?? '';
    void this.#load();
  }

  async #load() {
    const { wants } = this.#store;
    if (wants !== null && secretOf(wants) === undefined) return this.#signIn(false);
    try {
      const page = await this.#store.page(bytesOf(this.#prefix.value), this.#after, this.#stale.checked);
      this.#list.replaceChildren(...page.keys.map((key) => this.#row(key)));
      const count = page.keys.length === 0 ? 'No such keys' : `${grouped(page.keys.length)} shown`;
      setText(this.#said, `${count}, at revision ${grouped(page.revision)}`);
      this.#said.className = 'quiet';
      this.#turn(page.next);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** @param {string | undefined} next */
  #turn(next) {
    this.#nextAfter = next;
    /** @type {HTMLButtonElement} */ (this.#next).disabled = next === undefined;
    /** @type {HTMLButtonElement} */ (this.#back).disabled = this.#trail.length === 0;
    const isOnePage = next === undefined && this.#trail.length === 0;
    this.#next.hidden = isOnePage;
    this.#back.hidden = isOnePage;
  }

  /** @param {ListedKey} listed */
  #row({ key, revision }) {
    const open = make(
      'button',
      { type: 'button' },
      make('span', {}, keyText(key)),
      make('small', {}, `revision ${grouped(revision)}`),
    );
    open.addEventListener('click', () => {
      for (const other of this.#list.querySelectorAll('[aria-current]'))
        other.removeAttribute('aria-current');
      open.setAttribute('aria-current', 'true');
      void this.#value.open(key);
    });
    return make('li', {}, open);
  }

  /** @param {unknown} error */
  #failed(error) {
    const { wants } = this.#store;
    if (error instanceof Unauthorized && wants !== null) {
      const wasTried = secretOf(wants) !== undefined;
      forget(wants);
      this.#signIn(wasTried);
      return;
    }
    this.#said.className = 'problem';
    setText(this.#said, error instanceof Error ? error.message : String(error));
  }

  /** @param {boolean} wasTried */
  #signIn(wasTried) {
    const kind = this.#store.wants;
    if (kind === null) return;
    const { form, input: field } = signInForm(kind, wasTried, () => {
      this.#sign.replaceChildren();
      void this.#load();
    });
    this.#sign.replaceChildren(form);
    field.focus();
  }
}

/** @param {Record<string, string>} attributes */
function input(attributes) {
  return /** @type {HTMLInputElement} */ (make('input', attributes));
}

/** @param {string} text */
function button(text) {
  return make('button', { type: 'button' }, text);
}
