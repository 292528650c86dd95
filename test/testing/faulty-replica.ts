/**
 * A replica as it is, on a machine that misbehaves: before the real program begins, the ways out of the process are bent. What is wrong
 * at the moment stands in a file beside its data directory, and may change while it runs.
 */
import fs from 'node:fs';
import { registerHooks } from 'node:module';
import { Socket } from 'node:net';

/** What a file `<directory>.faults.json` may hold. */
export interface Faults {
  /** The wall clock is ahead by so much. */
  readonly clockAheadMs?: number;
  /** Every write to a file, which the log syncs, takes so much longer; it ends sooner when the fault does. */
  readonly slowDiskMs?: number;
  /** Every tenth of a second the event loop stands still for so long. */
  readonly blockedMs?: number;
  /** What the process may have, as the system says. */
  readonly memoryLimitMiB?: number;
  /** No connection to these ports comes about, and those that were there are reset. */
  readonly unreachablePorts?: readonly number[];
  /** No snapshot fits onto the disk. */
  readonly noRoomForSnapshots?: boolean;
  /** Only looked at when the process starts: what its heap may come to. */
  readonly heapMiB?: number;
  /** Only looked at when the process starts: options, instead of those of the same name or more of them. */
  readonly options?: readonly string[];
  /** Only looked at when the process starts: the release that it claims to be. */
  readonly release?: string;
}

const LOOK_MS = 50;
const BLOCK_EVERY_MS = 100;

const directory = process.argv.find((argument) => argument.startsWith('--dir='))?.slice('--dir='.length);
const file = `${directory}.faults.json`;

function read(): Faults {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Faults) : {};
}

let faults = read();
// V8 takes it only from the command line.
const heap = `--max-old-space-size=${faults.heapMiB}`;
if (faults.heapMiB !== undefined && process.execve !== undefined && !process.execArgv.includes(heap)) {
  process.execve(process.execPath, [process.execPath, heap, ...process.argv.slice(1)], process.env);
}

fs.watchFile(file, { interval: LOOK_MS, persistent: false }, () => {
  faults = read();
  for (const [socket, port] of sockets) if (isUnreachable(port)) reset(socket);
  fs.writeFileSync(`${file}.seen`, JSON.stringify(faults));
});

const rightNow = Date.now;
Date.now = () => rightNow() + (faults.clockAheadMs ?? 0);

const rightLimit = process.constrainedMemory.bind(process);
process.constrainedMemory = () =>
  faults.memoryLimitMiB === undefined ? rightLimit() : faults.memoryLimitMiB * 2 ** 20;

type Write = (...args: readonly unknown[]) => void;
for (const name of ['write', 'writev'] as const) {
  const whole = fs[name] as unknown as Write;
  const slow: Write = (...args) => {
    const sinceMs = performance.now();
    const look = (): void => {
      if (performance.now() - sinceMs >= (faults.slowDiskMs ?? 0)) whole(...args);
      else setTimeout(look, Math.min(LOOK_MS, faults.slowDiskMs ?? 0));
    };
    look();
  };
  (fs as unknown as Record<string, Write>)[name] = slow;
}

/** Those that were opened here, and the ports that they go to. */
const sockets = new Map<Socket, unknown>();

function isUnreachable(port: unknown): boolean {
  return faults.unreachablePorts?.includes(Number(port)) === true;
}

function reset(socket: Socket): void {
  socket.destroy(Object.assign(new Error('connect EHOSTUNREACH'), { code: 'EHOSTUNREACH' }));
}

const connect: unknown = Reflect.get(Socket.prototype, 'connect');
function connectOrNot(this: Socket, ...args: unknown[]): Socket {
  // Node's own callers hand over what they have made of the arguments: a list that begins with the options.
  const [first] = args.flat() as readonly (Readonly<{ port?: unknown }> | undefined)[];
  if (isUnreachable(first?.port)) {
    Object.assign(this, { connecting: true });
    setImmediate(reset, this);
    return this;
  }
  sockets.set(this, first?.port);
  this.once('close', () => sockets.delete(this));
  return (connect as (...given: unknown[]) => Socket).apply(this, args);
}
Reflect.set(Socket.prototype, 'connect', connectOrNot);

const rename = fs.rename.bind(fs);
(fs as unknown as Record<string, typeof fs.rename>)['rename'] = Object.assign(
  ((from, to, done) => {
    if (faults.noRoomForSnapshots !== true || !/snapshot-\d+\.part$/.test(String(from)))
      rename(from, to, done);
    else setImmediate(done, Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
  }) as typeof fs.rename,
  fs.rename,
);

setInterval(() => {
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < (faults.blockedMs ?? 0));
}, BLOCK_EVERY_MS).unref();

const { release } = faults;
if (release !== undefined) {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith('/resp/version.ts')) return loaded;
      const text = fs.readFileSync(new URL(url), 'utf8');
      const source = text.replace(/paxoskvVersion = '[^']*'/, `paxoskvVersion = '${release}'`);
      return { ...loaded, source };
    },
  });
}
for (const option of faults.options ?? []) {
  const [name = option] = option.split('=');
  process.argv = process.argv.filter((argument) => argument.split('=')[0] !== name);
  process.argv.push(option);
}
await import('../../node/src/main.ts');
