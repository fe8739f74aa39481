import path from 'node:path';
import { Global, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { PLATFORM_SOCKET } from '#libs/contracts';
import type { Config } from '../kernel/config';
import type { Log } from '../kernel/log';
import { CONFIG, LOG } from '../kernel/tokens';
import { InternalRoutes } from './internal-routes';
import { InternalServer } from './internal-server';

/** Injectable everywhere: `InternalRoutes`. `main.ts` opens the socket when every feature has hung up its answers. */
@Global()
@Module({
  providers: [
    {
      provide: InternalServer,
      inject: [CONFIG, LOG],
      useFactory: (config: Config, log: Log) => new InternalServer(path.join(config.dataDir, PLATFORM_SOCKET), log),
    },
    { provide: InternalRoutes, useExisting: InternalServer },
  ],
  exports: [InternalRoutes, InternalServer],
})
export class InternalModule implements BeforeApplicationShutdown {
  constructor(private readonly server: InternalServer) {}

  beforeApplicationShutdown(): Promise<void> {
    return this.server.close();
  }
}
