import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { envelopeSchema, erasedPersonSchema, erasureSchema, leafViewSchema, platformIdSchema, rowCheckSchema, type ErasedPerson, type Erasure, type RowCheck } from '#libs/contracts';
import { z } from 'zod';
import { userError, type ClarionError } from '../../kernel/errors';
import { Contract, Permission, ZodPipe } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { AuditReader } from './audit-reader';
import { CheckRows } from './check-rows';
import { ErasePerson } from './erase-person';
import { ExportAudit } from './export-audit';

const headsQuerySchema = z.strictObject({ platform: platformIdSchema.optional() });
const leavesQuerySchema = z.strictObject({
  platform: platformIdSchema.optional(),
  from: z.coerce.number().int().min(0).default(0),
  count: z.coerce.number().int().min(1).max(1_000).default(100),
});

const exportQuerySchema = z.strictObject({ platform: platformIdSchema.optional(), details: z.enum(['yes', 'no']).default('no') });

@Controller('audit')
export class AuditController {
  constructor(private readonly reader: AuditReader, private readonly exportAudit: ExportAudit, private readonly erasePerson: ErasePerson, private readonly checkRows: CheckRows) {}

  @Get('heads')
  @Permission('audit:read')
  @Contract({ summary: 'The newest signed head of each audit log in scope', query: headsQuerySchema, answer: z.array(envelopeSchema), refusals: { PLATFORM_FOREIGN: 'The platform is outside your scope.' } })
  async heads(@Caller() caller: Principal, @Query(new ZodPipe(headsQuerySchema)) query: z.infer<typeof headsQuerySchema>): Promise<unknown> {
    const scope = scopeOf(caller);
    if (query.platform !== undefined && !scope.covers(query.platform)) throw platformForeign();
    const heads = await this.reader.heads(scope);
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
    if (!scope.covers(platform)) throw platformForeign();
    return this.reader.leaves(scope, platform, query.from, query.count);
  }

  @Get('export')
  @Permission('audit:read')
  @Contract({
    summary: 'The audit of the platforms in scope as one file of JSON lines (docs/audit.md), up to the newest signed heads; details: with names and texts of the side table',
    query: exportQuerySchema,
    rawAnswer: 'application/x-ndjson',
    refusals: { PLATFORM_FOREIGN: 'The platform is outside your scope.' },
  })
  async export(@Caller() caller: Principal, @Query(new ZodPipe(exportQuerySchema)) query: z.infer<typeof exportQuerySchema>, @Res() response: Response): Promise<void> {
    const scope = scopeOf(caller);
    if (query.platform !== undefined && !scope.covers(query.platform)) throw userError('PLATFORM_FOREIGN', 'The platform is outside your scope.', { status: 404 });
    response.setHeader('Content-Type', 'application/x-ndjson');
    response.setHeader('Cache-Control', 'no-store');
    // A fault on the way cuts the file, and a cut file does not verify.
    await pipeline(Readable.from(this.exportAudit.lines(scope, query.platform ?? null, query.details === 'yes')), response).catch((cause: unknown) => {
      if (!response.headersSent) throw cause;
    });
  }

  @Get('check')
  @Permission('audit:read')
  @Contract({ summary: 'What the last comparison of every stored row with what was signed found, of the platforms in scope', answer: rowCheckSchema })
  check(@Caller() caller: Principal): RowCheck {
    return this.checkRows.seen(scopeOf(caller));
  }

  @Post('check')
  @HttpCode(202)
  @Permission('audit:read')
  @Contract({ summary: 'Compares every stored row with what was signed, unless that is being done; GET says what came of it', answer: rowCheckSchema })
  beginCheck(@Caller() caller: Principal): RowCheck {
    return this.checkRows.begin(scopeOf(caller));
  }

  @Post('erasures')
  @HttpCode(200)
  @Permission('account:erase')
  @Contract({
    summary: 'Erases what is kept of a person who has left: accounts, and names and texts beside the log; every proof stays valid',
    body: erasureSchema,
    answer: erasedPersonSchema,
    refusals: {
      PLATFORM_FOREIGN: 'The platform is outside your scope.', NOT_FOUND: 'Nothing is kept of such a person.', PERSON_STANDS: 'The roster in force gives this person a role.',
    },
  })
  erase(@Caller() caller: Principal, @Body(new ZodPipe(erasureSchema)) { platform, person }: Erasure): Promise<ErasedPerson> {
    return this.erasePerson.run(caller, platform, person);
  }
}

function platformForeign(): ClarionError {
  return userError('PLATFORM_FOREIGN', 'The platform is outside your scope.', { status: 404 });
}
