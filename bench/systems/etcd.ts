/** Three members of etcd with its default settings, every request to the one that leads. */
import path from 'node:path';
import { ETCD_BENCHMARK, runEtcdBenchmark } from '../etcd-benchmark.ts';
import { VALUE_BYTES } from '../load.ts';
import { freePort, ServerProcess, until } from '../processes.ts';
import type { System } from '../system.ts';

const MEMBERS = 3;
const GET_KEY = 'key-to-read';

interface Member {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
}

export function etcd(): System {
  const members: Member[] = [];
  const servers: ServerProcess[] = [];
  return {
    name: 'etcd',
    needs: ['etcd', ETCD_BENCHMARK],
    setting: 'three members, default settings, requests to the leader',
    async start(directory) {
      for (let index = 0; index < MEMBERS; index += 1) {
        members.push({
          name: `member-${index}`,
          client: `http://127.0.0.1:${await freePort()}`,
          peer: `http://127.0.0.1:${await freePort()}`,
        });
      }
      for (const member of members) servers.push(startMember(member, members, directory));
      const leader = await until('etcd has a leader', () => findLeader(members));
      await ask(leader, '/v3/kv/put', { key: base64(GET_KEY), value: base64('x'.repeat(VALUE_BYTES)) });
    },
    pids: () => servers.map((server) => server.pid),
    async run(load, operations) {
      const leader = await until('etcd has a leader', () => findLeader(members));
      return await runEtcdBenchmark(leader.client.replace('http://', ''), load, operations, GET_KEY);
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

function startMember(member: Member, all: readonly Member[], directory: string): ServerProcess {
  const values = {
    '--name': member.name,
    '--data-dir': path.join(directory, member.name),
    '--listen-client-urls': member.client,
    '--advertise-client-urls': member.client,
    '--listen-peer-urls': member.peer,
    '--initial-advertise-peer-urls': member.peer,
    '--initial-cluster': all.map((each) => `${each.name}=${each.peer}`).join(','),
    '--initial-cluster-state': 'new',
    // It logs errors about its own closing sockets whenever it ends.
    '--log-level': 'fatal',
  };
  return new ServerProcess('etcd', Object.entries(values).flat());
}

interface Status {
  readonly leader?: string;
  readonly header: { readonly member_id: string };
}

/** The member that leads, once all of them answer and agree. */
async function findLeader(members: readonly Member[]): Promise<Member | undefined> {
  const answers = await Promise.all(
    members.map((member) => ask<Status>(member, '/v3/maintenance/status', {}).catch(() => undefined)),
  );
  const leader = answers[0]?.leader;
  if (leader === undefined || answers.some((answer) => answer?.leader !== leader)) return undefined;
  return members[answers.findIndex((answer) => answer?.header.member_id === leader)];
}

async function ask<Answer>(member: Member, route: string, body: object): Promise<Answer> {
  const response = await fetch(member.client + route, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd answered ${route} with ${response.status}`);
  return (await response.json()) as Answer;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
