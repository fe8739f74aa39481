import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import {
  draftAnswerSchema, templateCardSchema, templateDraftSchema, templateEnableSchema, templateViewSchema, templateWriteSchema, versionSchema,
  type DraftAnswer, type TemplateCard, type TemplateView,
} from '#libs/contracts';
import { Contract, Permission, ZodPipe } from '../../../kernel/http';
import { Caller, scopeOf, type Principal } from '../../access';
import { DraftFromTemplate } from './draft-from-template';
import { ReadTemplates } from './read-templates';
import { SwitchTemplate } from './switch-template';
import { WriteTemplate } from './write-template';

const listQuery = z.object({ mode: templateViewSchema.shape.mode.default('actual') });
const versionQuery = z.object({ version: z.coerce.number().pipe(versionSchema).optional() });
const UNKNOWN = { NOT_FOUND: 'The platform has no such template.' };

@Controller('templates')
export class TemplatesController {
  constructor(
    private readonly templates: ReadTemplates,
    private readonly writeTemplate: WriteTemplate,
    private readonly switchTemplate: SwitchTemplate,
    private readonly draftFromTemplate: DraftFromTemplate,
  ) {}

  @Get()
  @Permission('template:read')
  @Contract({ summary: 'The templates of the caller\'s platform: those that are meant, or those of drills, never both', query: listQuery, answer: z.array(templateCardSchema) })
  cards(@Caller() caller: Principal, @Query(new ZodPipe(listQuery)) { mode }: z.output<typeof listQuery>): Promise<readonly TemplateCard[]> {
    return this.templates.cards(scopeOf(caller), caller.platform, mode);
  }

  @Get(':id')
  @Permission('template:read')
  @Contract({ summary: 'One template: the version in force, or the one that is asked for', query: versionQuery, answer: templateViewSchema, refusals: UNKNOWN })
  one(@Caller() caller: Principal, @Param('id') id: string, @Query(new ZodPipe(versionQuery)) { version }: z.output<typeof versionQuery>): Promise<TemplateView> {
    return this.templates.one(scopeOf(caller), caller.platform, id, version);
  }

  @Put(':id')
  @Permission('template:write')
  @Contract({
    summary: 'Proposes the next version; it is used once somebody else enables it', body: templateWriteSchema, answer: templateViewSchema,
    refusals: {
      INVALID: 'Every fault of its words at once: GAP_UNKNOWN, FIELD_UNUSED, LEVEL_DIFFERS, DRILL_DENIED, TEMPLATE_NAME_CONFUSABLE and more.',
      NOT_FOUND: 'It is based on a version of a template that is not here.', TEMPLATE_CHANGED: 'Another version came in between.', TEMPLATE_MODE_FIXED: 'A drill\'s template stays one.',
    },
  })
  write(@Caller() caller: Principal, @Param('id') id: string, @Body(new ZodPipe(templateWriteSchema)) { basedOn, template }: z.output<typeof templateWriteSchema>): Promise<TemplateView> {
    return this.writeTemplate.run(caller, id, basedOn, template);
  }

  @Post(':id/enable')
  @HttpCode(200)
  @Permission('template:enable')
  @Contract({
    summary: 'Puts a version into force', body: templateEnableSchema, answer: templateViewSchema, status: 200,
    refusals: { ...UNKNOWN, INVALID: 'TEMPLATE_NO_CORRECTION: a warning without its correction or all-clear.', TEMPLATE_OWN: 'Who wrote it does not enable it.' },
  })
  enable(@Caller() caller: Principal, @Param('id') id: string, @Body(new ZodPipe(templateEnableSchema)) { version }: z.output<typeof templateEnableSchema>): Promise<TemplateView> {
    return this.switchTemplate.enable(caller, id, version);
  }

  @Post(':id/disable')
  @HttpCode(200)
  @Permission('template:enable')
  @Contract({ summary: 'Takes a template out of use', answer: templateViewSchema, status: 200, refusals: UNKNOWN })
  disable(@Caller() caller: Principal, @Param('id') id: string): Promise<TemplateView> {
    return this.switchTemplate.disable(caller, id);
  }

  @Post(':id/draft')
  @HttpCode(200)
  @Permission('message:compose')
  @Contract({
    summary: 'Fills the gaps: the exact bytes to sign, as POST /api/messages/draft answers them', body: templateDraftSchema, answer: draftAnswerSchema, status: 200,
    refusals: {
      ...UNKNOWN, INVALID: 'Every wrong field at once: FIELD_MISSING, FIELD_OUT_OF_RANGE, FIELD_NOT_A_TIME and more, with those of the draft route.',
      TEMPLATE_DISABLED: 'It is not in use.', TEMPLATE_CHANGED: 'Another version is in force than the author saw.',
    },
  })
  draft(@Caller() caller: Principal, @Param('id') id: string, @Body(new ZodPipe(templateDraftSchema)) body: z.output<typeof templateDraftSchema>): Promise<DraftAnswer> {
    return this.draftFromTemplate.run(caller, id, body);
  }
}
