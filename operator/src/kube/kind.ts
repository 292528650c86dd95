/** Kinds of objects, and the paths under which the API server keeps them. */
import type { ObjectName } from './kube-object.ts';

/** How many of a kind there are, where: all that is needed to address its objects. */
export interface Kind {
  /** `v1`, or group and version: `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** The name in paths, in rules of RBAC and in metrics: `statefulsets`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** The path of all objects of a kind; of one namespace if one is given. */
export function collectionPath({ apiVersion, plural }: Kind, namespace?: string): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${groupVersionPath(apiVersion)}${scope}/${plural}`;
}

export function objectPath(
  kind: Kind,
  { namespace, name }: ObjectName,
  subresource?: 'status' | 'scale' | 'eviction',
): string {
  const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Where the API server lists the kinds of a group and version. */
export function groupVersionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
