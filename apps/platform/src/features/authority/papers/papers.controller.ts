import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  digestSchema, newPapersSchema, papersAnswerSchema, paperSignaturesAnswerSchema, paperSignaturesSchema, paperViewSchema, type NewPapers, type PaperSignatures, type PaperSignaturesAnswer, type PaperView,
} from '#libs/contracts';
import { z } from 'zod';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../../kernel/http';
import { Caller, type Principal } from '../../access';
import { KeepPapers } from './keep-papers';
import { SignPapers } from './sign-papers';

const digestParams = z.object({ digest: digestSchema });
const STALE = 'The roster has moved on since: draft it anew.';

@Controller('papers')
export class PapersController {
  constructor(private readonly keep: KeepPapers, private readonly sign: SignPapers) {}

  @Get()
  @Permission('trust:publish')
  @Contract({ summary: 'Rosters in reach that wait for officers\' signatures. They are no authority: whoever signs reads the bytes', answer: z.array(paperViewSchema) })
  list(@Caller() caller: Principal): Promise<readonly PaperView[]> {
    return this.keep.list(caller);
  }

  @Post()
  @HttpCode(201)
  @Permission('trust:publish')
  @Contract({
    summary: 'Keeps drafts of rosters for officers to sign, for seven days', body: newPapersSchema, answer: papersAnswerSchema, status: 201, idempotent: true,
    refusals: { PAPER_UNREADABLE: 'The bytes are no roster.', DOCUMENT_FOREIGN: 'A paper is about a platform outside your scope.', PAPER_STALE: STALE, PAPERS_FULL: 'Eight papers of the platform wait.' },
  })
  draft(@Caller() caller: Principal, @Body(new ZodPipe(newPapersSchema)) body: NewPapers, @Idempotent() call: IdempotentCall): Promise<{ readonly papers: readonly string[] }> {
    return this.keep.run(caller, body, call);
  }

  @Post('signatures')
  @HttpCode(200)
  @Permission('trust:publish')
  @Contract({
    summary: 'An officer\'s signatures over kept papers; those that are complete are published together, or none', body: paperSignaturesSchema, answer: paperSignaturesAnswerSchema, status: 200, idempotent: true,
    refusals: { NOT_FOUND: 'A paper is not there.', PAPER_STALE: STALE, REJ_KEY_USAGE: 'A key is no officer\'s of that platform.', REJ_SIGNATURE: 'A signature does not belong to these bytes.' },
  })
  signatures(@Caller() caller: Principal, @Body(new ZodPipe(paperSignaturesSchema)) body: PaperSignatures, @Idempotent() call: IdempotentCall): Promise<PaperSignaturesAnswer> {
    return this.sign.run(caller, body, call);
  }

  @Delete(':digest')
  @HttpCode(204)
  @Permission('trust:publish')
  @Contract({ summary: 'Discards a paper that will not be signed', params: digestParams, status: 204, refusals: { NOT_FOUND: 'There is no such paper in reach.' } })
  discard(@Caller() caller: Principal, @Param(new ZodPipe(digestParams)) { digest }: z.output<typeof digestParams>): Promise<void> {
    return this.keep.discard(caller, digest);
  }
}
