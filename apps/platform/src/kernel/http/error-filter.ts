import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ClarionError, userError } from '../errors';
import type { Log } from '../log';
import { problemOf } from './problem';

/** Codes for the statuses that Nest and Express themselves answer with. */
const CODES: Readonly<Record<number, readonly [code: string, sentence: string]>> = {
  400: ['BAD_REQUEST', 'The request cannot be read.'],
  401: ['UNAUTHENTICATED', 'Sign in first.'],
  403: ['FORBIDDEN', 'You are not allowed to do this.'],
  404: ['NOT_FOUND', 'There is nothing here.'],
  405: ['METHOD_NOT_ALLOWED', 'This cannot be done here.'],
  413: ['PAYLOAD_TOO_LARGE', 'The request is too large.'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'This kind of content is not accepted here.'],
  429: ['TOO_MANY_REQUESTS', 'Too many requests. Wait a little and try again.'],
};

/** The platform's error for whatever was thrown; unknown things become UNEXPECTED. */
export function clarionErrorOf(thrown: unknown): ClarionError {
  if (thrown instanceof ClarionError) return thrown;
  const status = statusOf(thrown);
  const known = status === null ? undefined : CODES[status];
  if (status !== null && known !== undefined) return userError(known[0], known[1], { status, cause: thrown });
  if (status !== null && status >= 400 && status < 500) return userError('BAD_REQUEST', 'The request cannot be answered.', { status, cause: thrown });
  return new ClarionError('UNEXPECTED', 'Something went wrong on the server. It was written to the log.', { family: 'unexpected', cause: thrown });
}

function statusOf(thrown: unknown): number | null {
  if (thrown instanceof HttpException) return thrown.getStatus();
  // Express and its parsers mark their own refusals so.
  if (typeof thrown === 'object' && thrown !== null && Reflect.get(thrown, 'expose') === true) {
    const status: unknown = Reflect.get(thrown, 'status');
    if (typeof status === 'number') return status;
  }
  return null;
}

/** The one place where an error becomes an HTTP answer: `{code, message, fields?}`. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<Request>(), http.getResponse<Response>());
  }

  /** The same for errors that happen before Nest sees the request. */
  answer(thrown: unknown, request: Request, response: Response): void {
    const error = clarionErrorOf(thrown);
    const fields = { code: error.code, status: error.status, method: request.method, route: routeOf(request) };
    if (error.family === 'unexpected') this.log.error('http.unexpected', fields, error);
    else if (error.family === 'operational') this.log.warn('http.operational', fields, error);
    else this.log.debug('http.refused', fields);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (error.status === 503) response.setHeader('Retry-After', '2');
    // What was not read of the body must not be taken for the next request.
    if (error.status === 413) response.setHeader('Connection', 'close');
    response.status(error.status).json(problemOf(error));
  }
}

/** The route's pattern, not the address: an address may carry what does not belong in a log. */
function routeOf(request: Request): string {
  const route: unknown = request.route;
  const pattern: unknown = typeof route === 'object' && route !== null ? Reflect.get(route, 'path') : undefined;
  return typeof pattern === 'string' ? pattern : '(none)';
}
