/**
 * Finds who asked for a prefix of a key. A radix tree: each edge carries a piece of a prefix, so the cost of a look-up is the
 * length of what matches, however many prefixes there are and however different their lengths.
 *
 *     '' ─ "user" ─┬─ "s/" {a}
 *                  └─ "-log/" {b, c}
 *
 * Its shape depends only on what is in it: what was added and removed again leaves nothing behind.
 */

interface Node<Item> {
  /** The piece that leads here from its parent. */
  label: string;
  readonly items: Set<Item>;
  /** By the first character of their labels. */
  readonly children: Map<number, Node<Item>>;
}

export class PrefixTree<Item> {
  readonly #root: Node<Item> = newNode('');

  add(prefix: string, item: Item): void {
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const child = node.children.get(prefix.charCodeAt(at));
      if (child === undefined) {
        const leaf = newNode<Item>(prefix.slice(at));
        node.children.set(prefix.charCodeAt(at), leaf);
        node = leaf;
        break;
      }
      const common = commonLength(child.label, prefix, at);
      node = common === child.label.length ? child : split(node, child, common);
      at += common;
    }
    node.items.add(item);
  }

  /** What was added with that prefix; does nothing when it is not there. */
  remove(prefix: string, item: Item): void {
    let parent: Node<Item> | undefined;
    let node = this.#root;
    for (let at = 0; at < prefix.length; at += node.label.length) {
      const child = node.children.get(prefix.charCodeAt(at));
      if (child === undefined || !prefix.startsWith(child.label, at)) return;
      parent = node;
      node = child;
    }
    node.items.delete(item);
    if (parent === undefined || node.items.size > 0) return;
    if (node.children.size === 0) parent.children.delete(node.label.charCodeAt(0));
    else joinOnlyChild(parent, node);
    // It may have been a fork that has one branch left now. The root stays.
    if (parent !== this.#root && parent.items.size === 0 && parent.children.size === 1) {
      this.#joinAbove(prefix, parent);
    }
  }

  /** Appends the items of every prefix of the key. */
  match(key: string, into: Item[]): void {
    let node: Node<Item> | undefined = this.#root;
    let at = 0;
    while (node !== undefined) {
      for (const item of node.items) into.push(item);
      if (at === key.length) return;
      node = node.children.get(key.charCodeAt(at));
      if (node === undefined || !key.startsWith(node.label, at)) return;
      at += node.label.length;
    }
  }

  /** The number of nodes, the root among them; for tests of what is left behind. */
  get nodes(): number {
    let count = 0;
    const open = [this.#root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      count += 1;
      open.push(...node.children.values());
    }
    return count;
  }

  #joinAbove(prefix: string, node: Node<Item>): void {
    let above = this.#root;
    for (let at = 0; ;) {
      const child = above.children.get(prefix.charCodeAt(at));
      if (child === undefined || child === node) break;
      at += child.label.length;
      above = child;
    }
    joinOnlyChild(above, node);
  }
}

function newNode<Item>(label: string): Node<Item> {
  return { label, items: new Set(), children: new Map() };
}

function commonLength(label: string, prefix: string, at: number): number {
  const most = Math.min(label.length, prefix.length - at);
  let length = 0;
  while (length < most && label.charCodeAt(length) === prefix.charCodeAt(at + length)) length += 1;
  return length;
}

/** Puts a new node in the middle of an edge, and returns it. */
function split<Item>(parent: Node<Item>, child: Node<Item>, length: number): Node<Item> {
  const middle = newNode<Item>(child.label.slice(0, length));
  parent.children.set(middle.label.charCodeAt(0), middle);
  child.label = child.label.slice(length);
  middle.children.set(child.label.charCodeAt(0), child);
  return middle;
}

/** A node without items and with one child gives its place to that child. */
function joinOnlyChild<Item>(parent: Node<Item>, node: Node<Item>): void {
  if (node.children.size !== 1) return;
  const [child] = node.children.values();
  if (child === undefined) return;
  child.label = node.label + child.label;
  parent.children.set(child.label.charCodeAt(0), child);
}
