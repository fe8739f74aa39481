import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  areaViewSchema, assignmentDraftAnswerSchema, documentsAnswerSchema, documentsSchema, simCardSchema, terminalIdSchema, terminalIssuedSchema, terminalIssueSchema, terminalMaxVolumeSchema,
  terminalViewSchema,
  type AreaView, type SimCard, type TerminalIssue, type TerminalIssued, type TerminalMaxVolume, type TerminalView,
} from '#libs/contracts';
import { z } from 'zod';
import { userError } from '../../kernel/errors';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { AcceptAssignments } from './accept-assignments';
import { CapTerminal } from './cap-terminal';
import { DraftBatches } from './draft-batches';
import { IssueTerminal, type IssuedCode } from './issue-terminal';
import { ReadTerminals } from './read-terminals';

const nothingSchema = z.strictObject({}).optional();
const oneSchema = z.strictObject({ id: terminalIdSchema });

@Controller()
export class TerminalsController {
  constructor(
    private readonly read: ReadTerminals,
    private readonly drafts: DraftBatches,
    private readonly accept: AcceptAssignments,
    private readonly issue: IssueTerminal,
    private readonly cap: CapTerminal,
  ) {}

  @Get('areas')
  @Permission('area:read')
  @Contract({ summary: 'The declared areas in scope, with every terminal in or below each', answer: z.array(areaViewSchema) })
  areas(@Caller() caller: Principal): Promise<readonly AreaView[]> {
    return this.read.areaViews(scopeOf(caller));
  }

  @Get('terminals')
  @Permission('terminal:read')
  @Contract({ summary: 'The terminals in scope', answer: z.array(terminalViewSchema) })
  terminals(@Caller() caller: Principal): Promise<readonly TerminalView[]> {
    return this.read.list(scopeOf(caller));
  }

  @Get('terminals/:id')
  @Permission('terminal:read')
  @Contract({ summary: 'One terminal', params: z.strictObject({ id: terminalIdSchema }), answer: terminalViewSchema, refusals: { NOT_FOUND: 'No such terminal in your scope.' } })
  async terminal(@Caller() caller: Principal, @Param('id') id: string): Promise<TerminalView> {
    const view = await this.read.one(scopeOf(caller), id);
    if (view === undefined) throw userError('NOT_FOUND', 'No such terminal in your scope.');
    return view;
  }

  @Get('sim-cards')
  @Permission('terminal:issue')
  @Contract({ summary: 'The SIM cards of the terminals in scope, as far as they are known', answer: z.array(simCardSchema) })
  simCards(@Caller() caller: Principal): Promise<readonly SimCard[]> {
    return this.read.simCards(scopeOf(caller));
  }

  @Post('terminals')
  @Permission('terminal:issue')
  @Contract({
    summary: 'A new terminal and its one-use claim code, shown this once; without idempotency key, because no secret is kept for a repetition',
    body: terminalIssueSchema,
    answer: terminalIssuedSchema,
    refusals: {
      INVALID: 'Every bad field at once: AREA_UNKNOWN, AREA_FOREIGN, RESOURCE_CODE_TAKEN, RESOURCE_CODE_NONE.',
      TERMINAL_EXISTS: 'A terminal with this physical code is known already; ask for another claim code.',
    },
  })
  async newTerminal(@Caller() caller: Principal, @Body(new ZodPipe(terminalIssueSchema)) body: TerminalIssue): Promise<TerminalIssued> {
    return this.shown(caller, await this.issue.run(caller, body));
  }

  @Post('terminals/:id/claim-code')
  @HttpCode(200)
  @Permission('terminal:issue')
  @Contract({
    summary: 'Another one-use claim code for a terminal that has not enrolled; the one before is void',
    params: oneSchema,
    body: nothingSchema,
    answer: terminalIssuedSchema,
    status: 200,
    refusals: { NOT_FOUND: 'No such terminal in your scope.', WRONG_STATE: 'A device has enrolled as this terminal.' },
  })
  async claimCode(
    @Caller() caller: Principal, @Param(new ZodPipe(oneSchema)) { id }: z.infer<typeof oneSchema>, @Body(new ZodPipe(nothingSchema)) _body: unknown,
  ): Promise<TerminalIssued> {
    return this.shown(caller, await this.issue.again(caller, id));
  }

  @Post('terminals/:id/replace-device')
  @HttpCode(200)
  @Permission('terminal:issue')
  @Contract({
    summary: 'The box of a terminal is gone, stolen or copied: its key counts no more, and a one-use claim code, shown this once, lets another box become the terminal',
    params: oneSchema,
    body: nothingSchema,
    answer: terminalIssuedSchema,
    status: 200,
    refusals: { NOT_FOUND: 'No such terminal in your scope.', WRONG_STATE: 'No device has enrolled as this terminal.' },
  })
  async replaceDevice(
    @Caller() caller: Principal, @Param(new ZodPipe(oneSchema)) { id }: z.infer<typeof oneSchema>, @Body(new ZodPipe(nothingSchema)) _body: unknown,
  ): Promise<TerminalIssued> {
    return this.shown(caller, await this.issue.replaceDevice(caller, id));
  }

  @Post('terminals/:id/max-volume')
  @HttpCode(200)
  @Permission('terminal:issue')
  @Contract({
    summary: 'The loudest that a terminal shall be, emergency included; it holds once an officer signed its next assignment',
    params: oneSchema,
    body: terminalMaxVolumeSchema,
    answer: terminalViewSchema,
    status: 200,
    idempotent: true,
    refusals: { NOT_FOUND: 'No such terminal in your scope.' },
  })
  async maxVolume(
    @Caller() caller: Principal, @Param(new ZodPipe(oneSchema)) { id }: z.infer<typeof oneSchema>,
    @Body(new ZodPipe(terminalMaxVolumeSchema)) { volume }: TerminalMaxVolume, @Idempotent() call: IdempotentCall,
  ): Promise<TerminalView> {
    await this.cap.run(caller, id, volume, call);
    return this.terminal(caller, id);
  }

  @Post('assignments/draft')
  @HttpCode(200)
  @Permission('assignment:draft')
  @Contract({ summary: 'Batches for an officer to sign: where enrolled terminals stand', body: nothingSchema, answer: assignmentDraftAnswerSchema, status: 200 })
  draft(@Caller() caller: Principal, @Body(new ZodPipe(nothingSchema)) _body: unknown): z.infer<typeof assignmentDraftAnswerSchema> {
    return this.drafts.run(scopeOf(caller));
  }

  @Post('assignments')
  @HttpCode(200)
  @Permission('assignment:publish')
  @Contract({
    summary: 'Takes batches that an officer signed, all or none',
    body: documentsSchema,
    answer: documentsAnswerSchema,
    status: 200,
    idempotent: true,
    refusals: {
      REJ_KEY_USAGE: 'Not signed by an officer of the platform.',
      REJ_VERSION_ROLLBACK: 'The terminal has this version or a newer one.',
      REJ_TERMINAL: 'Not the device key that the terminal enrolled with.',
      TERMINAL_UNKNOWN: 'No such terminal in your scope.',
      TERMINAL_NOT_ENROLLED: 'The terminal has not enrolled yet.',
    },
  })
  assignments(
    @Caller() caller: Principal, @Body(new ZodPipe(documentsSchema)) body: z.infer<typeof documentsSchema>, @Idempotent() call: IdempotentCall,
  ): Promise<{ readonly accepted: number }> {
    return this.accept.run(caller, body.documents, call);
  }

  private async shown(caller: Principal, { terminal, claimCode, claimUntil }: IssuedCode): Promise<TerminalIssued> {
    return { terminal: await this.terminal(caller, terminal), claimCode, claimUntil };
  }
}
