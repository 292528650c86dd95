/** Making elements, and changing them only where they differ: what does not change does not flicker, and is not read out again. */

/**
 * @param {string} name of the element, with its class: `p.quiet`
 * @param {Readonly<Record<string, string>>} [attributes]
 * @param {...(Node | string)} content
 * @returns {HTMLElement}
 */
export function make(name, attributes = {}, ...content) {
  const [tag = 'div', ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...content);
  return element;
}

/**
 * The element of the page with this id: the page and its modules belong together.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {HTMLElement} element @param {boolean} hidden */
export function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/** @param {Element} element @param {string} name @param {string} value */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Elements that stand for things with names, in order. Those that stay are the same elements as before.
 * @template Thing
 */
export class Rows {
  /** @type {Map<string, {element: HTMLElement, show: (thing: Thing) => void}>} */
  #rows = new Map();
  #parent;
  #make;

  /**
   * @param {Element} parent
   * @param {(thing: Thing) => {element: HTMLElement, show: (thing: Thing) => void}} makeRow
   */
  constructor(parent, makeRow) {
    this.#parent = parent;
    this.#make = makeRow;
  }

  /** @param {readonly Thing[]} things @param {(thing: Thing) => string} nameOf */
  show(things, nameOf) {
    const names = new Set(things.map(nameOf));
    for (const [name, { element }] of this.#rows) {
      if (names.has(name)) continue;
      element.remove();
      this.#rows.delete(name);
    }
    for (const [index, thing] of things.entries()) {
      const name = nameOf(thing);
      const row = this.#rows.get(name) ?? this.#make(thing);
      this.#rows.set(name, row);
      row.show(thing);
      const there = this.#parent.children[index];
      if (there !== row.element) this.#parent.insertBefore(row.element, there ?? null);
    }
  }
}
