import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { AccessModule } from './features/access';
import { AreasModule } from './features/areas';
import { AuditModule } from './features/audit';
import { AuthorityModule, KeysModule } from './features/authority';
import { DeliveryModule } from './features/delivery';
import { DispatchModule } from './features/dispatch';
import { MediaModule } from './features/media';
import { DrillsModule, MessagesModule, TemplatesModule } from './features/messages';
import { MonitoringModule } from './features/monitoring';
import { StreamingModule } from './features/streaming';
import { TerminalsModule } from './features/terminals';
import { InternalModule } from './internal';
import { KernelModule, type KernelOptions } from './kernel/kernel.module';

/** Who may do what, and which terminals there are: what every other feature stands on. */
export const FOUNDATION: readonly Type[] = [AreasModule, AccessModule, AuditModule, AuthorityModule, KeysModule, TerminalsModule];

/** Every feature in flow order. */
export const FEATURES: readonly Type[] = [...FOUNDATION, MediaModule, MessagesModule, TemplatesModule, DrillsModule, DispatchModule, DeliveryModule, StreamingModule, MonitoringModule];

/** The API server: the kernel, the gateway's inner door, and the features. */
@Module({})
export class AppModule {
  static with(kernel: KernelOptions, features: readonly Type[] = FEATURES): DynamicModule {
    return { module: AppModule, imports: [KernelModule.with(kernel), InternalModule, ...features] };
  }
}
