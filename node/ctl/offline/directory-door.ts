/**
 * A directory that lies still, read by another pod: `GET /v1/directory` names its files, `GET /v1/directory/NAME` is one of them. On the
 * admin port, with the admin port's secret and certificate, since that is what the pods of a cluster may ask each other.
 */
import { timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, statSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Connections } from '../connections.ts';
import type { Endpoint } from '../endpoint.ts';
import { unreachable } from '../failure.ts';

const PATH = '/v1/directory';
/** Of a log and its snapshots: no path leads out of the directory. */
const FILE_NAME = /^[a-z0-9][a-z0-9.-]*$/;

export class DirectoryDoor {
  readonly #directory: string;
  readonly #secret: string | undefined;
  readonly #server: http.Server;

  constructor(directory: string, connections: Connections) {
    const { tls } = connections;
    this.#directory = directory;
    this.#secret = connections.secretFor('admin');
    const serve = (request: IncomingMessage, response: ServerResponse): void =>
      this.#serve(request, response);
    this.#server = tls.cert === undefined ? http.createServer(serve) : https.createServer(tls, serve);
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#isAllowed(request.headers.authorization)) return end(response, 401);
    const url = request.url ?? '';
    if (url === PATH) {
      const names = readdirSync(this.#directory).filter((name) => isFile(this.#directory, name));
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(names));
      return;
    }
    const name = url.startsWith(`${PATH}/`) ? url.slice(PATH.length + 1) : '';
    if (!FILE_NAME.test(name) || !isFile(this.#directory, name)) return end(response, 404);
    const file = path.join(this.#directory, name);
    response.writeHead(200, { 'Content-Length': statSync(file).size });
    // Who asked sees that it is incomplete by its length.
    pipeline(createReadStream(file), response).catch(() => response.destroy());
  }

  #isAllowed(authorization: string | undefined): boolean {
    if (this.#secret === undefined) return true;
    const [given, wanted] = [authorization ?? '', `Bearer ${this.#secret}`].map((text) =>
      Buffer.from(text, 'latin1'),
    );
    return (
      given !== undefined &&
      wanted !== undefined &&
      given.length === wanted.length &&
      timingSafeEqual(given, wanted)
    );
  }
}

/** Copies a directory that such a door serves. Throws `CommandFailure` while the other one does not answer, or breaks off. */
export async function copyDirectory(
  connections: Connections,
  endpoint: Endpoint,
  into: string,
): Promise<void> {
  const { status, body } = await connections.ask('admin', endpoint, { path: PATH });
  if (status !== 200) throw unreachable(endpoint, `status ${status}`, 'its pod must hold still first');
  mkdirSync(into, { recursive: true });
  for (const name of JSON.parse(body.toString('utf8')) as string[]) {
    if (!FILE_NAME.test(name)) continue;
    const message = await connections.open('admin', endpoint, { path: `${PATH}/${name}` });
    if (message.statusCode !== 200) throw unreachable(endpoint, `status ${message.statusCode}`, 'ask again');
    try {
      await pipeline(message, createWriteStream(path.join(into, name)));
    } catch (error) {
      throw unreachable(
        endpoint,
        `${name} broke off: ${error instanceof Error ? error.message : String(error)}`,
        'ask again',
      );
    }
    if (String(statSync(path.join(into, name)).size) !== message.headers['content-length']) {
      throw unreachable(endpoint, `${name} broke off`, 'ask again');
    }
  }
}

function isFile(directory: string, name: string): boolean {
  return (
    FILE_NAME.test(name) && statSync(path.join(directory, name), { throwIfNoEntry: false })?.isFile() === true
  );
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}
