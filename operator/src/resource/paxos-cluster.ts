/** The resource as a whole: what the API server hands out, checked once. */
import assert from 'node:assert/strict';
import { NAME_RULES } from './cluster-name.ts';
import { API_VERSION, KIND } from './release.ts';
import { type Fault, parse } from './schema/parse.ts';
import { type PaxosClusterSpec, SPEC } from './spec/spec.ts';
import { type PaxosClusterStatus, STATUS } from './status/status.ts';

export interface PaxosCluster {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: typeof KIND;
  readonly metadata: PaxosClusterMetadata;
  readonly spec: PaxosClusterSpec;
  readonly status: PaxosClusterStatus;
}

export interface PaxosClusterMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Set: it is being deleted. */
  readonly deletionTimestamp?: string;
}

/** Without a spec nothing can be done but to say so in the status. */
export type ParsedPaxosCluster =
  | { readonly kind: 'parsed'; readonly cluster: PaxosCluster }
  | { readonly kind: 'faulty'; readonly metadata: PaxosClusterMetadata; readonly faults: readonly Fault[] };

/** What has passed the API server has faults only when its definition there is of another release. */
export function parsePaxosCluster(raw: unknown): ParsedPaxosCluster {
  const object = recordOf(raw);
  const metadata = metadataOf(object['metadata']);
  const spec = parse(SPEC, object['spec'] ?? {}, 'spec');
  const status = parse(STATUS, object['status'] ?? {}, 'status');
  const faults = [
    ...NAME_RULES.filter((rule) => !rule.holds({ metadata })).map(({ must }) => ({
      path: 'metadata.name',
      value: metadata.name,
      must,
    })),
    ...(spec.kind === 'faulty' ? spec.faults : []),
    ...(status.kind === 'faulty' ? status.faults : []),
  ];
  if (spec.kind === 'faulty' || status.kind === 'faulty' || faults.length > 0) {
    return { kind: 'faulty', metadata, faults };
  }
  return {
    kind: 'parsed',
    cluster: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata,
      spec: spec.value,
      status: status.value as PaxosClusterStatus,
    },
  };
}

/** The API server's own part: where it is not as it must be, this is no object of an API server. */
function metadataOf(raw: unknown): PaxosClusterMetadata {
  const metadata = recordOf(raw);
  const textOf = (name: string): string => {
    const value = metadata[name];
    assert.ok(typeof value === 'string', `an object of the API server has metadata.${name}`);
    return value;
  };
  const { deletionTimestamp, generation, annotations } = metadata;
  return {
    name: textOf('name'),
    namespace: textOf('namespace'),
    uid: textOf('uid'),
    resourceVersion: textOf('resourceVersion'),
    generation: typeof generation === 'number' ? generation : 0,
    annotations: recordOf(annotations ?? {}) as Record<string, string>,
    ...(typeof deletionTimestamp === 'string' ? { deletionTimestamp } : {}),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  assert.ok(typeof value === 'object' && value !== null, 'an object of the API server is a record');
  return value as Readonly<Record<string, unknown>>;
}
