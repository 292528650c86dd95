/** What the HTTP doors have in common: an express application whose errors are problems. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { InvalidInput } from '../errors.ts';
import { invalidInput, methodNotAllowed, notFound, sendProblem } from './problem.ts';

/** An express application with `addRoutes`'s routes; whatever they don't answer is a problem. */
export function application(addRoutes: (routes: Express) => void): Express {
  const routes = express();
  routes.disable('x-powered-by');
  routes.disable('etag');
  routes.enable('case sensitive routing');
  addRoutes(routes);
  routes.use((request: Request, response: Response) => {
    sendProblem(response, notFound(`there is nothing at ${request.path}`));
  });
  routes.use(answerError);
  return routes;
}

/** For the end of a route: any other method is a problem that names the right ones. */
export function onlyMethods(...allowed: readonly string[]): (request: Request, response: Response) => void {
  return (request, response) => sendProblem(response, methodNotAllowed(request.method, allowed));
}

/** Bad input is the client's; anything else is a bug of ours, and a bug must not be answered politely. */
function answerError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  if (error instanceof InvalidInput) {
    sendProblem(response, invalidInput(error));
    return;
  }
  // express throws this while it decodes a route's parameters.
  if (error instanceof URIError) {
    const detail = 'the path must be UTF-8, with two hexadecimal digits after each %';
    sendProblem(response, { status: 400, name: 'invalid-input', title: 'Invalid input', detail });
    return;
  }
  process.nextTick(() => {
    throw error;
  });
}
