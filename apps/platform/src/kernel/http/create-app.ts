import type { Server } from 'node:http';
import type { DynamicModule, INestApplication, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import type { Config } from '../config';
import type { Log } from '../log';
import { allowedCallers, onlyAllowedCallers } from './allowed-callers';
import { answersSigningPages } from './cross-origin';
import { ErrorFilter } from './error-filter';
import { jsonBody } from './json-body';
import { HTTP_LIMITS } from './limits';
import { openApiDocument } from './openapi';
import { routesOf } from './routes';
import { limitWaitingSockets } from './waiting-sockets';

export interface AppOptions {
  readonly config: Pick<Config, 'trustedProxies' | 'origins' | 'signOrigins' | 'bind'>;
  readonly log: Log;
  readonly version: string;
}

/**
 * Nest's application as every HTTP process of ours is made: prefix /api, known hosts and origins, strict JSON bodies, security headers, one
 * error filter, OpenAPI at /api/openapi.json. The caller adds its socket adapter and listens.
 */
export async function createApp(module: Type | DynamicModule, options: AppOptions): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    logger: nestLogger(options.log),
    forceCloseConnections: true,
    abortOnError: false,
  });
  await dress(app, options);
  return app;
}

/** The same for an application made otherwise (Nest's testing module). Call it before init(). */
export async function dress(app: NestExpressApplication, { config, log, version }: AppOptions): Promise<void> {
  const filter = new ErrorFilter(log);
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustedProxies);
  app.set('query parser', 'simple');
  app.setGlobalPrefix('api');
  app.use(securityHeaders());
  app.use(onlyAllowedCallers(allowedCallers(config)));
  app.use(answersSigningPages(config.signOrigins));
  app.use(jsonBody());
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => filter.answer(error, request, response));
  app.useGlobalFilters(filter);
  let document: object | undefined;
  app.use('/api/openapi.json', (_request: Request, response: Response) => {
    document ??= openApiDocument(routesOf(app), version);
    response.json(document);
  });
  limitTimes(app);
}

/** Pages get only their own scripts, styles, sounds and sockets; nobody frames them; nothing is sniffed. */
function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        mediaSrc: ["'self'", 'blob:'],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Plain http on localhost is how a demo is opened; the TLS listener sets HSTS itself.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
}

function limitTimes(app: INestApplication): void {
  const server: Server = app.getHttpServer();
  server.headersTimeout = HTTP_LIMITS.headersMs;
  server.requestTimeout = HTTP_LIMITS.requestMs;
  server.keepAliveTimeout = HTTP_LIMITS.keepAliveMs;
  limitWaitingSockets(server);
}

/** Nest's own words go to our log as one code; its start-up chatter only at debug. */
function nestLogger(log: Log): LoggerService {
  const text = (message: unknown): string => (message instanceof Error ? message.message : String(message)).slice(0, 300);
  return {
    log: (message: unknown) => log.debug('nest', { note: text(message) }),
    debug: (message: unknown) => log.debug('nest', { note: text(message) }),
    verbose: () => undefined,
    warn: (message: unknown) => log.warn('nest', { note: text(message) }),
    error: (message: unknown) => log.error('nest', { note: text(message) }),
    fatal: (message: unknown) => log.error('nest', { note: text(message) }),
  };
}
