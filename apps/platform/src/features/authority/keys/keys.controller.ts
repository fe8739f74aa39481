import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  canSignSchema, digestSchema, keyRefusalSchema, keyRequestViewSchema, keyStandingSchema, platformIdSchema, possessionSchema, signedKeyRequestSchema,
  type CanSign, type KeyRefusal, type KeyRequestView, type KeyStanding, type PossessionAnswer, type SignedKeyRequest,
} from '#libs/contracts';
import { z } from 'zod';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../../kernel/http';
import { Caller, scopeOf, type Principal } from '../../access';
import { ProvePossession } from './prove-possession';
import { ReadCanSign } from './read-can-sign';
import { RequestKey } from './request-key';

const idParams = z.object({ id: digestSchema });
const keysQuery = z.object({ whose: z.enum(['own', 'all']).default('own') });
const platformQuery = z.object({ platform: platformIdSchema.optional() });

@Controller()
export class KeysController {
  constructor(
    private readonly request: RequestKey,
    private readonly possession: ProvePossession,
    private readonly canSign: ReadCanSign,
  ) {}

  @Get('keys')
  @Permission('trust:read')
  @Contract({ summary: 'The caller\'s keys in the roster in force, or all in reach, and when each was last shown', query: keysQuery, answer: z.array(keyStandingSchema) })
  keys(@Caller() caller: Principal, @Query(new ZodPipe(keysQuery)) { whose }: z.output<typeof keysQuery>): Promise<readonly KeyStanding[]> {
    return this.possession.list(caller, whose);
  }

  @Get('keys/requests')
  @Permission('trust:read')
  @Contract({ summary: 'Keys that people ask for: the caller\'s own, or for an officer those in reach. The server vouches for none of them', answer: z.array(keyRequestViewSchema) })
  requests(@Caller() caller: Principal): Promise<readonly KeyRequestView[]> {
    return this.request.list(caller);
  }

  @Post('keys/requests')
  @HttpCode(201)
  @Permission('key:own')
  @Contract({
    summary: 'Asks the officers for a key of one\'s own, signed by that key; kept for seven days', body: signedKeyRequestSchema, answer: keyRequestViewSchema, status: 201, idempotent: true,
    refusals: {
      FORBIDDEN: 'It is another person\'s.', KEY_UNUSABLE: 'Such a key cannot be used in this district.', KEY_PROOF: 'The new key has not signed it.', KEY_UNKNOWN: 'What it replaces is not the caller\'s.',
      KEY_EXISTS: 'The key stands in the roster, or the request is there.', REQUESTS_FULL: 'There are four open ones.',
    },
  })
  ask(@Caller() caller: Principal, @Body(new ZodPipe(signedKeyRequestSchema)) body: SignedKeyRequest, @Idempotent() call: IdempotentCall): Promise<KeyRequestView> {
    return this.request.run(caller, body, call);
  }

  @Delete('keys/requests/:id')
  @HttpCode(204)
  @Permission('key:own')
  @Contract({ summary: 'Takes back a request of one\'s own', params: idParams, status: 204, refusals: { NOT_FOUND: 'There is no such request in reach.', FORBIDDEN: 'It is another person\'s: an officer turns it down with a reason, `POST /keys/requests/:id/refusal`.' } })
  withdraw(@Caller() caller: Principal, @Param(new ZodPipe(idParams)) { id }: z.output<typeof idParams>): Promise<void> {
    return this.request.withdraw(caller, id);
  }

  @Post('keys/requests/:id/refusal')
  @HttpCode(200)
  @Permission('trust:publish')
  @Contract({
    summary: 'An officer turns down a request in reach; whoever asked reads the reason', params: idParams, body: keyRefusalSchema, answer: z.strictObject({}), status: 200, idempotent: true,
    refusals: { NOT_FOUND: 'There is no such open request in reach.' },
  })
  refuse(@Caller() caller: Principal, @Param(new ZodPipe(idParams)) { id }: z.output<typeof idParams>, @Body(new ZodPipe(keyRefusalSchema)) body: KeyRefusal, @Idempotent() call: IdempotentCall): Promise<Record<string, never>> {
    return this.request.refuse(caller, id, body, call);
  }

  @Post('keys/possession')
  @HttpCode(200)
  @Permission('key:own')
  @Contract({
    summary: 'Shows that a key of one\'s own is still there: its signature over a challenge of POST /session/challenge', body: possessionSchema, answer: z.array(keyStandingSchema), status: 200,
    refusals: { KEY_UNKNOWN: 'It is not the caller\'s in the roster in force.', KEY_PROOF: 'The signature does not hold.', CHALLENGE_OVER: 'The challenge is over or was used.' },
  })
  prove(@Caller() caller: Principal, @Body(new ZodPipe(possessionSchema)) body: PossessionAnswer): Promise<readonly KeyStanding[]> {
    return this.possession.run(caller, body);
  }

  @Get('trust/can-sign')
  @Permission('trust:read')
  @Contract({ summary: 'Whether enough people of each platform in reach could sign at this moment', query: platformQuery, answer: z.array(canSignSchema), refusals: { NOT_FOUND: 'There is no such platform in reach.' } })
  able(@Caller() caller: Principal, @Query(new ZodPipe(platformQuery)) { platform }: z.output<typeof platformQuery>): Promise<readonly CanSign[]> {
    return this.canSign.run(scopeOf(caller), platform);
  }
}
