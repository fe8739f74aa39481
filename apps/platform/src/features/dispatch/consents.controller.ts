import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { consentOffersSchema, consentRequestSchema, messageViewSchema, type ConsentOffers, type MessageView } from '#libs/contracts';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { ReadMessages } from '../messages';
import { GiveConsent } from './give-consent';
import { OfferConsents } from './offer-consents';

const REFUSALS = {
  REJ_CONSENT: 'It is no stopper\'s consent to this.', REJ_KEY_USAGE: 'The key belongs to nobody who may consent here.', REJ_KEY_REVOKED: 'The key was revoked.',
  SIGNER_FOREIGN: 'The signature is not the caller\'s.', CONSENT_USED: 'Somebody consented to this already.', STATE_CONFLICT: 'The message is not in a state for it.',
};

@Controller('messages')
export class ConsentsController {
  constructor(
    private readonly offer: OfferConsents,
    private readonly give: GiveConsent,
    private readonly read: ReadMessages,
  ) {}

  @Get(':id/consents')
  @Permission('consent')
  @Contract({ summary: 'What a stopper may consent to now, as bytes to sign', answer: consentOffersSchema, refusals: { PLATFORM_FOREIGN: 'It is another platform\'s message.' } })
  consents(@Caller() caller: Principal, @Param('id') id: string): Promise<ConsentOffers> {
    return this.offer.run(caller, id);
  }

  @Post(':id/correct')
  @HttpCode(200)
  @Permission('consent')
  @Contract({
    summary: 'Says a correction or the all-clear where the message was heard', body: consentRequestSchema, answer: messageViewSchema, status: 200, idempotent: true,
    refusals: { ...REFUSALS, REJ_CORRECTION: 'The message lists no such correction.', NOTHING_HEARD: 'No loudspeaker can have sounded it.' },
  })
  async correct(
    @Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Param('id') id: string, @Body(new ZodPipe(consentRequestSchema)) body: z.output<typeof consentRequestSchema>,
  ): Promise<MessageView> {
    const done = await this.give.run(caller, call, 'correct', id, body.consent);
    return this.read.view(scopeOf(caller), done.id);
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Permission('consent')
  @Contract({
    summary: 'Goes on after a wrongful stop, where it was cut off', body: consentRequestSchema, answer: messageViewSchema, status: 200, idempotent: true,
    refusals: { ...REFUSALS, REJ_RESUME: 'There is no such stop, it is more than 30 s old, or another one silences the message as well.' },
  })
  async resume(
    @Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Param('id') id: string, @Body(new ZodPipe(consentRequestSchema)) body: z.output<typeof consentRequestSchema>,
  ): Promise<MessageView> {
    const done = await this.give.run(caller, call, 'resume', id, body.consent);
    return this.read.view(scopeOf(caller), done.id);
  }
}
