/**
 * A page that stays open while its replica is upgraded would show what a later release says with the eyes of an earlier one. So
 * whoever serves the live channel names the page that goes with it, and another name than at first means: load it anew.
 */

/** The answer's header with that name. */
export const PAGE_HEADER = 'PaxosKV-Page';

export class NewerPage {
  /** @type {string | undefined} */
  #first;
  #isThere = false;

  /** @param {string | null} name null: who answers does not say */
  heard(name) {
    if (name === null) return;
    this.#first ??= name;
    this.#isThere = name !== this.#first;
  }

  /** Whether it is there, and nothing would be lost by loading it. @param {boolean} isTyping */
  isDue(isTyping) {
    return this.#isThere && !isTyping;
  }
}
