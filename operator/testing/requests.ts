/** A request's path → what it is about, in the stand-in for an API server. */
import type { Kind } from '../src/kube/kind.ts';
import type { ObjectName } from '../src/kube/kube-object.ts';
import type { ApiRequest } from '../src/kube/transport.ts';
import { Refused } from './refused.ts';

export type Query = Readonly<Record<string, string>>;

/** What of a request the stand-in looks at, and what tests count and match. */
export interface SeenRequest {
  readonly method: ApiRequest['method'];
  readonly path: string;
  readonly query: Query;
  readonly body: unknown;
  readonly contentType: string;
}

export interface Target {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  /** Absent for a whole collection. */
  readonly name: ObjectName | undefined;
  readonly isStatus: boolean;
  /** A pod is asked to go. */
  readonly isEviction: boolean;
}

const PATH =
  /^\/(?:api\/(?<core>[^/]+)|apis\/(?<group>[^/]+\/[^/]+))(?:\/namespaces\/(?<namespace>[^/]+)(?=\/[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>status|eviction))?)?$/;

export function isWatch({ query }: SeenRequest): boolean {
  return query['watch'] === 'true';
}

export function targetOf(kinds: readonly Kind[], { path }: SeenRequest): Target {
  const parts = PATH.exec(path)?.groups;
  const apiVersion = parts?.['core'] ?? parts?.['group'];
  const kind = kinds.find((each) => each.apiVersion === apiVersion && each.plural === parts?.['plural']);
  if (parts === undefined || kind === undefined) {
    throw new Refused(404, 'NotFound', 'the server could not find the requested resource');
  }
  const namespace = parts['namespace'];
  const name = parts['name'] === undefined ? undefined : decodeURIComponent(parts['name']);
  return {
    kind,
    namespace,
    name: name === undefined ? undefined : namespace === undefined ? { name } : { name, namespace },
    isStatus: parts['sub'] === 'status',
    isEviction: parts['sub'] === 'eviction',
  };
}

/** Only `name=value`, which is all that we send. */
export function selects(query: Query, metadata: Readonly<Record<string, unknown>> | undefined): boolean {
  if (metadata === undefined) return false;
  const labels = (metadata['labels'] ?? {}) as Readonly<Record<string, string>>;
  const wanted = query['labelSelector'] ?? '';
  if (wanted === '') return true;
  return wanted.split(',').every((each) => {
    const [name = '', value = ''] = each.split('=');
    return labels[name] === value;
  });
}
