/** Asks for a secret that a port wants. */
import { make } from './elements.js';
import { remember } from './session.js';

/** @import {SecretKind} from './session.js' */

/**
 * A form; `done` is called when something was typed and is remembered.
 * @param {SecretKind} kind
 * @param {boolean} wasTried
 * @param {() => void} done
 */
export function signInForm(kind, wasTried, done) {
  const input = /** @type {HTMLInputElement} */ (
    make('input', { type: 'password', autocomplete: 'off', required: '', name: 'secret' })
  );
  const reason = wasTried ? `This ${kind} is not in force.` : '';
  const form = make(
    'form',
    {},
    make('p', {}, EXPLANATIONS[kind]),
    make('p.problem', { role: 'alert' }, reason),
    make(
      'div.row',
      {},
      make('label', {}, make('span', {}, `The ${kind}`), input),
      make('button.main', { type: 'submit' }, 'Go on'),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (input.value === '') return;
    remember(kind, input.value);
    done();
  });
  return { form, input };
}

const EXPLANATIONS = {
  'cluster secret':
    'This port wants the cluster secret: a line of the file that --cluster-secret-file names. It stays in this tab, until it is closed.',
  password:
    'To see keys takes what every client must show: the password. It stays in this tab, until it is closed.',
};
