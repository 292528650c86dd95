/** `GET /log/print/{file}`: the replica's log in lines for people, as GoPaxos had it. */
import type { Express, Response } from 'express';
import { sendJson } from './answers.ts';
import { notFound, sendProblem } from './problem.ts';
import { onlyMethods } from './routes.ts';

/** Lines that one answer holds at most: a slow reader leaves them all in this process's memory. */
const PRINT_BYTES_MAX = 32 * 1024 * 1024;

/** Reads the log's files for people. */
export interface LogPrinter {
  /** Names of the files that can be printed. */
  names(done: (error: Error | undefined, names: readonly string[]) => void): void;
  /** Prints one of `names`. When `write` answers false nobody wants more lines: the printer stops. */
  print(name: string, write: (line: string) => boolean, done: (error: Error | undefined) => void): void;
}

export function addLogRoutes(routes: Express, printer: LogPrinter): void {
  routes
    .route('/log/print')
    .get((_request, response) => {
      printer.names((error, names) => {
        if (error === undefined) sendJson(response, 200, { files: names.toSorted() });
        else sendUnreadable(response, error);
      });
    })
    .all(onlyMethods('GET', 'HEAD'));
  routes
    .route('/log/print/:file')
    .get((request, response) => {
      const file = request.params.file;
      printer.names((error, names) => {
        if (error !== undefined) sendUnreadable(response, error);
        // Only a name from the list is ever opened: `..` and the like are simply not on it.
        else if (names.includes(file)) print(printer, file, response);
        else sendProblem(response, notFound(`there is no log file of that name: /log/print lists them`));
      });
    })
    .all(onlyMethods('GET', 'HEAD'));
}

function print(printer: LogPrinter, file: string, response: Response): void {
  let bytes = 0;
  const write = (line: string): boolean => {
    if (response.destroyed || bytes > PRINT_BYTES_MAX) return false;
    if (!response.headersSent) {
      response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
    }
    bytes += line.length + 1;
    response.write(`${line}\n`);
    if (bytes <= PRINT_BYTES_MAX) return true;
    response.write(`cut here: one answer holds at most ${PRINT_BYTES_MAX} bytes\n`);
    return false;
  };
  printer.print(file, write, (error) => {
    if (error !== undefined) sendUnreadable(response, error);
    else response.end();
  });
}

function sendUnreadable(response: Response, error: Error): void {
  const detail = `the log can't be read: ${error.message}`;
  sendProblem(response, { status: 500, name: 'log-unreadable', title: 'Log unreadable', detail });
}
