/** All keys in their order, by bytes, as a tree whose clone costs nothing until one of the two changes. */
import sortedBtree from 'sorted-btree';
import type { KeyRecord } from './key-record.ts';

const BTree = sortedBtree.default;
export type KeyOrder = InstanceType<typeof BTree<string, KeyRecord>>;

export function emptyKeyOrder(): KeyOrder {
  return new BTree<string, KeyRecord>(undefined, compareKeys);
}

/** Latin1 characters compare as the bytes they stand for. */
function compareKeys(left: string, right: string): number {
  if (left < right) return -1;
  return left > right ? 1 : 0;
}
