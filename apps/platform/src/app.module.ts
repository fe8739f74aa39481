import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from './features/access';
import { AreasModule } from './features/areas';
import { AuditModule } from './features/audit';
import { AuthorityModule } from './features/authority';
import { DeliveryModule } from './features/delivery';
import { DispatchModule } from './features/dispatch';
import { MediaModule } from './features/media';
import { MessagesModule } from './features/messages';
import { TerminalsModule } from './features/terminals';
import { InternalModule } from './internal';
import { KernelModule, type KernelOptions } from './kernel/kernel.module';

/** The API server: the kernel, the gateway's inner door, and the features in flow order. */
@Module({})
export class AppModule {
  static with(kernel: KernelOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        KernelModule.with(kernel),
        InternalModule,
        AreasModule,
        AccessModule,
        AuditModule,
        AuthorityModule,
        TerminalsModule,
        MediaModule,
        MessagesModule,
        DispatchModule,
        DeliveryModule,
      ],
    };
  }
}
