import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import {
  againSchema, approveSchema, draftAnswerSchema, draftSchema, messageDetailSchema, messageStateSchema, messageViewSchema, submitSchema, withdrawSchema,
  type Digest, type DraftAnswer, type MessageDetail, type MessageView,
} from '#libs/contracts';
import { Contract, Idempotent, PageBuild, Permission, ZodPipe, type IdempotentCall } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { ComposeDraft } from './compose-draft';
import { DraftAgain } from './draft-again';
import { ReadMessages } from './read-messages';
import { SignApproval } from './sign-approval';
import { SubmitMessage } from './submit-message';
import { WithdrawMessage } from './withdraw-message';

const listQuery = z.object({
  state: messageStateSchema.optional(),
  count: z.coerce.number().int().min(1).max(500).default(100),
});

@Controller('messages')
export class MessagesController {
  constructor(
    private readonly compose: ComposeDraft,
    private readonly submitMessage: SubmitMessage,
    private readonly signApproval: SignApproval,
    private readonly withdrawMessage: WithdrawMessage,
    private readonly read: ReadMessages,
    private readonly draftAgain: DraftAgain,
  ) {}

  @Post('draft')
  @HttpCode(200)
  @Permission('message:compose')
  @Contract({
    summary: 'The exact bytes to sign for what an author wants to say, and what they would do', body: draftSchema, answer: draftAnswerSchema, status: 200,
    refusals: {
      INVALID: 'Every bad field at once: AREA_UNKNOWN, AREA_FOREIGN, TARGET_EMPTY, TEXT_EMPTY, TEXT_TOO_LONG, MEDIA_UNKNOWN, WINDOW_TOO_LONG, CLASS_NOT_ALLOWED, SOUND_CHOICE, DRILL_MISSING, DRILL_TITLE, DRILL_NOT_SAID_FIRST, DRILL_NOT_SAID_LAST, DRILL_DENIED, ACTUAL_SAYS_DRILL, REPLACES_OTHER_MODE, CORRECTION_MISSING and more.',
      SESSION_KEY_INVALID: 'Field of INVALID: no usable key of a voice; SESSION_KEY_HELD: somebody has it; SESSION_KEY_USED: for another voice; LIVE_ONCE: it is not repeated; LIVE_DRILL: drills are recorded.',
      SPEECH_ENGINE_MISSING: 'Nothing here can speak the text or its corrections.', SOUND_MISSING: 'A siren, chime or phrase is not made yet.',
    },
  })
  draft(@Caller() caller: Principal, @Body() body: unknown): Promise<DraftAnswer> {
    return this.compose.run(caller, body);
  }

  @Post(':id/again')
  @HttpCode(200)
  @Permission('message:compose')
  @Contract({
    summary: 'What was said before as a draft of a new message, to be signed and approved anew', body: againSchema, answer: draftAnswerSchema, status: 200,
    refusals: { PLATFORM_FOREIGN: 'It is another platform\'s message.', AGAIN_CORRECTION: 'A correction is given again by consent.', AGAIN_LIVE: 'A living voice is not said again.', INVALID: 'As the draft route.' },
  })
  again(@Caller() caller: Principal, @Param('id') id: string, @Body(new ZodPipe(againSchema)) body: z.output<typeof againSchema>): Promise<DraftAnswer> {
    return this.draftAgain.run(caller, id, body);
  }

  @Post()
  @HttpCode(201)
  @Permission('message:compose')
  @Contract({
    summary: 'Hands a signed message in; it is frozen', body: submitSchema, answer: messageViewSchema, status: 201, idempotent: true,
    refusals: {
      REJ_KEY_UNKNOWN: 'The roster does not know the key.', REJ_KEY_REVOKED: 'The key was revoked.', REJ_SIGNATURE: 'The signature does not match.',
      PLATFORM_FOREIGN: 'It is another platform\'s message.', AUTHOR_FOREIGN: 'Only its author hands a message in.', MESSAGE_EXISTS: 'It was handed in before.',
      LIVE_TAKEN: 'Under a permit: another voice speaks there; the fields `holder` and `until` say whose and until when at most.',
      INVALID: 'Every bad field at once, with the codes of the draft route (ACTUAL_SAYS_DRILL and those of a drill among them), and CORRECTION_MISSING, CORRECTION_ABSENT, CORRECTION_DIFFERS, CORRECTION_ALONE.',
    },
  })
  async submit(@Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Body(new ZodPipe(submitSchema)) body: z.output<typeof submitSchema>): Promise<MessageView> {
    const { id } = await this.submitMessage.run(caller, call, body.message, body.corrections, body.hold);
    return this.read.view(scopeOf(caller), id);
  }

  @Get()
  @Permission('message:read')
  @Contract({ summary: 'Messages in reach, newest first', query: listQuery, answer: z.array(messageViewSchema) })
  list(@Caller() caller: Principal, @Query(new ZodPipe(listQuery)) { state, count }: z.output<typeof listQuery>): Promise<readonly MessageView[]> {
    return this.read.list(scopeOf(caller), { count, ...(state === undefined ? {} : { states: [state] }) });
  }

  @Get(':id')
  @Permission('message:read')
  @Contract({ summary: 'One message with its signed bytes', answer: messageDetailSchema })
  one(@Caller() caller: Principal, @Param('id') id: string): Promise<MessageDetail> {
    return this.read.detail(scopeOf(caller), id);
  }

  @Post(':id/approvals')
  @HttpCode(201)
  @Permission('message:approve')
  @Contract({
    summary: 'One person\'s signature for one step', body: approveSchema, answer: messageViewSchema, status: 201, idempotent: true,
    refusals: {
      STATE_CONFLICT: 'The message waits for no signature.', REJ_APPROVER_REPEATED: 'This person has signed already.',
      REJ_APPROVAL_DIGEST: 'The signature is over another message.', REJ_DISPLAYED: 'Another message was displayed.',
      AUTH_PASSKEY_COUNTER: 'The passkey\'s counter did not rise since its last signature.',
      SIGNER_FOREIGN: 'The signature is not the caller\'s.', MESSAGE_ALTERED: 'The database does not hold what was signed.',
      LIVE_TAKEN: 'The last signature would give a living voice the air while another speaks there.',
    },
  })
  async approve(
    @Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Param('id') id: string,
    @Body(new ZodPipe(approveSchema)) body: z.output<typeof approveSchema>, @PageBuild() pageBuild: Digest | null,
  ): Promise<MessageView> {
    const signed = await this.signApproval.run(caller, call, id, body.approval, pageBuild);
    return this.read.view(scopeOf(caller), signed.id);
  }

  @Post(':id/withdraw')
  @HttpCode(200)
  @Permission('message:withdraw')
  @Contract({
    summary: 'Takes a message back; what was approved is stopped everywhere', body: withdrawSchema, answer: messageViewSchema, status: 200, idempotent: true,
    refusals: { STATE_CONFLICT: 'The message is over already.' },
  })
  async withdraw(
    @Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Param('id') id: string,
    @Body(new ZodPipe(withdrawSchema)) body: z.output<typeof withdrawSchema>,
  ): Promise<MessageView> {
    const withdrawn = await this.withdrawMessage.run(caller, call, id, body.reason);
    return this.read.view(scopeOf(caller), withdrawn.id);
  }
}
