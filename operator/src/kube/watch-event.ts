/** One line of a watch → what it says. */
import { apiError, BadAnswer } from './failures.ts';
import type { Kind } from './kind.ts';
import { type KubeObject, type Live, liveObject } from './kube-object.ts';

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'present' | 'deleted'; readonly object: Live<T>; readonly resourceVersion: string }
  /** Nothing happened up to this version: a watch may go on from here. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

/**
 * @throws {ApiError} what the server says went wrong with the watch, `Gone` above all
 * @throws {BadAnswer} when the line is none of a watch
 */
export function watchEvent<T extends KubeObject>(kind: Kind, line: string): WatchEvent<T> {
  let parsed: { type?: unknown; object?: { code?: unknown; metadata?: { resourceVersion?: unknown } } };
  try {
    parsed = JSON.parse(line) as typeof parsed;
  } catch (error) {
    throw new BadAnswer(`a watch of ${kind.plural}: no JSON in a line`, { cause: error });
  }
  const { type, object } = parsed;
  if (type === 'ERROR') {
    throw apiError(`watch ${kind.plural}`, Number(object?.code ?? 500), JSON.stringify(object));
  }
  const resourceVersion = object?.metadata?.resourceVersion;
  if (typeof resourceVersion !== 'string') {
    throw new BadAnswer(`a watch of ${kind.plural}: ${String(type)} without metadata.resourceVersion`);
  }
  switch (type) {
    case 'BOOKMARK':
      return { type: 'bookmark', resourceVersion };
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'present', object: liveObject(kind, object), resourceVersion };
    case 'DELETED':
      return { type: 'deleted', object: liveObject(kind, object), resourceVersion };
    default:
      throw new BadAnswer(`a watch of ${kind.plural}: an event of type ${String(type)}`);
  }
}
