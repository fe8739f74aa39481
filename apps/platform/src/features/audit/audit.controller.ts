import { Controller, Get, Query } from '@nestjs/common';
import { envelopeSchema, leafViewSchema, platformIdSchema } from '#libs/contracts';
import { z } from 'zod';
import { userError } from '../../kernel/errors';
import { Contract, Permission, ZodPipe } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { AuditReader } from './audit-reader';

const headsQuerySchema = z.strictObject({ platform: platformIdSchema.optional() });
const leavesQuerySchema = z.strictObject({
  platform: platformIdSchema.optional(),
  from: z.coerce.number().int().min(0).default(0),
  count: z.coerce.number().int().min(1).max(1_000).default(100),
});

@Controller('audit')
export class AuditController {
  constructor(private readonly reader: AuditReader) {}

  @Get('heads')
  @Permission('audit:read')
  @Contract({ summary: 'The newest signed head of each audit log in scope', query: headsQuerySchema, answer: z.array(envelopeSchema) })
  async heads(@Caller() caller: Principal, @Query(new ZodPipe(headsQuerySchema)) query: z.infer<typeof headsQuerySchema>): Promise<unknown> {
    const heads = await this.reader.heads(scopeOf(caller));
    return heads.filter(({ head }) => query.platform === undefined || head.platform === query.platform).map(({ envelope }) => envelope);
  }

  @Get('leaves')
  @Permission('audit:read')
  @Contract({
    summary: 'Leaves of an audit log, in order; the leaf hash is over the canonical JSON of the body',
    query: leavesQuerySchema,
    answer: z.array(leafViewSchema),
    refusals: { PLATFORM_FOREIGN: 'The platform is outside your scope.' },
  })
  leaves(@Caller() caller: Principal, @Query(new ZodPipe(leavesQuerySchema)) query: z.infer<typeof leavesQuerySchema>): Promise<unknown> {
    const scope = scopeOf(caller);
    const platform = query.platform ?? caller.platform;
    if (!scope.covers(platform)) throw userError('PLATFORM_FOREIGN', 'The platform is outside your scope.', { status: 404 });
    return this.reader.leaves(scope, platform, query.from, query.count);
  }
}
