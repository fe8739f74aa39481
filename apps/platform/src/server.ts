import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { knownAnswerGate } from '#libs/suites';
import { AppModule } from './app.module';
import { Sessions } from './features/access';
import { statusPage } from './features/monitoring';
import { InternalServer } from './internal';
import { allowedCallers, createApp } from './kernel/http';
import type { KernelOptions } from './kernel/kernel.module';
import { PlainSockets, SocketAdapter } from './kernel/socket';

/** Connections at one time, more than may wait (`limitWaitingSockets`): what is above is closed at once. */
const MAX_CONNECTIONS = 4_000;

export const SERVER_VERSION = '0.1.0';

/**
 * The API server, initialised and not yet listening on its HTTP port; the gateway's inner socket is open. Used by
 * `main.ts` and, with a driven clock and a test database, by the integration tests.
 */
export async function createServer(kernel: KernelOptions, features?: readonly Type[]): Promise<NestExpressApplication> {
  knownAnswerGate();
  const app = await createApp(AppModule.with(kernel, features), { config: kernel.config, log: kernel.log, version: SERVER_VERSION });
  app.useWebSocketAdapter(new SocketAdapter(app, {
    allowed: allowedCallers(kernel.config),
    authenticate: (token) => app.get(Sessions).authenticate(token, 'unattended'),
    log: kernel.log,
    others: app.get(PlainSockets),
  }));
  app.use(statusPage(kernel.config));
  try {
    await app.init();
    await app.get(InternalServer).listen();
  } catch (cause) {
    await app.close().catch(() => undefined);
    throw cause;
  }
  app.getHttpServer().maxConnections = MAX_CONNECTIONS;
  return app;
}
