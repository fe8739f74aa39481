import { Module } from '@nestjs/common';
import type { Database } from '../../../kernel/database';
import { DATABASE } from '../../../kernel/tokens';
import { MediaModule } from '../../media';
import { MessagesModule } from '../messages.module';
import { DraftFromTemplate } from './draft-from-template';
import { ReadTemplates } from './read-templates';
import { SHIPPED_TEMPLATES, shippedTemplates } from './shipped-templates';
import { SwitchTemplate } from './switch-template';
import { TemplatesController } from './templates.controller';
import { TEMPLATE_STORE } from './templates.store';
import { PgTemplateStore } from './templates.store.pg';
import { WriteTemplate } from './write-template';

@Module({
  imports: [MediaModule, MessagesModule],
  controllers: [TemplatesController],
  providers: [
    { provide: TEMPLATE_STORE, inject: [DATABASE], useFactory: (database: Database) => new PgTemplateStore(database) },
    { provide: SHIPPED_TEMPLATES, useFactory: () => shippedTemplates() },
    ReadTemplates, WriteTemplate, SwitchTemplate, DraftFromTemplate,
  ],
})
export class TemplatesModule {}
