/** Which permissions the requests need that go through a transport: what an API server with RBAC would look for. */
import * as builtin from '../src/kube/builtin-kinds.ts';
import type { Kind } from '../src/kube/kind.ts';
import type { ApiRequest, Transport } from '../src/kube/transport.ts';
import type { Permission, Verb } from '../src/controller/permissions.ts';
import type { FakeApiServer } from './fake-api-server.ts';
import { targetOf } from './requests.ts';

const APPLY = 'application/apply-patch+yaml';

export class AskedPermissions {
  /** As `permissionNames` writes them. */
  readonly names = new Set<string>();
  readonly #server: FakeApiServer;
  readonly #kinds: readonly Kind[];

  constructor(server: FakeApiServer, kinds: readonly Kind[]) {
    this.#server = server;
    this.#kinds = [...Object.values(builtin), ...kinds];
  }

  transport(): Transport {
    const transport = this.#server.transport();
    return {
      request: async (request) => {
        this.#note(request);
        return await transport.request(request);
      },
      watch: async (request) => {
        this.#note(request);
        return await transport.watch(request);
      },
    };
  }

  #note(request: ApiRequest): void {
    const { method, path, query = {}, contentType = 'application/json', body } = request;
    // Which kinds there are, everybody may ask who has proved to be somebody.
    if (method === 'GET' && /^\/apis?\/[^/]+(?:\/[^/]+)?$/.test(path)) return;
    const { kind, name, isStatus, isEviction } = targetOf(this.#kinds, {
      method,
      path,
      query,
      contentType,
      body,
    });
    const isNew = name !== undefined && this.#server.find(kind, name) === undefined;
    const verbs: Record<ApiRequest['method'], readonly Verb[]> = {
      GET: [name !== undefined ? 'get' : query['watch'] === 'true' ? 'watch' : 'list'],
      POST: ['create'],
      PUT: ['update'],
      PATCH: contentType === APPLY && isNew ? ['create', 'patch'] : ['patch'],
      DELETE: ['delete'],
    };
    const asked: Permission = {
      kind,
      verbs: verbs[method],
      ...(isStatus ? { subresource: 'status' } : isEviction ? { subresource: 'eviction' } : {}),
    };
    for (const permission of permissionNames([asked])) this.names.add(permission);
  }
}

/** One for each verb: `apps/v1 statefulsets patch`. */
export function permissionNames(permissions: readonly Permission[]): string[] {
  return permissions.flatMap(({ kind, subresource, verbs }) => {
    const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
    return verbs.map((verb) => `${kind.apiVersion} ${resource} ${verb}`);
  });
}
