import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import {
  challengeSchema, enrolKeySchema, factorsSchema, keyIdSchema, revokeAccountSchema, revokedAccountSchema, totpBeginSchema, totpConfirmedSchema, totpConfirmSchema, totpOfferSchema, unlockedAccountSchema,
  type Challenge, type EnrolKey, type Factors, type RevokeAccount as RevokeAccountRequest, type RevokedAccount, type TotpBegin, type TotpConfirm, type TotpConfirmed, type TotpOffer, type UnlockedAccount,
} from '#libs/contracts';
import { Contract, Permission, Public, ZodPipe } from '../../kernel/http';
import { accountParams, type AccountParams } from './account-params';
import { Caller } from './caller';
import { Challenges } from './challenge';
import { EnrolFactors } from './enrol-factors';
import type { Principal } from './principal';
import { RevokeAccount } from './revoke-account';
import { UnlockAccount } from './unlock-account';

const keyParams = z.object({ keyId: keyIdSchema });

@Controller()
export class FactorsController {
  constructor(
    private readonly enrol: EnrolFactors,
    private readonly challenges: Challenges,
    private readonly revoke: RevokeAccount,
    private readonly unlock: UnlockAccount,
  ) {}

  @Post('session/challenge')
  @HttpCode(200)
  @Public('whoever signs in with a key has no session yet; nothing is kept of it')
  @Contract({ summary: 'What a key signs to sign in', answer: challengeSchema, status: 200 })
  challenge(): Challenge {
    return this.challenges.make();
  }

  @Get('session/factors')
  @Permission('session:own')
  @Contract({ summary: 'What the caller signs in with besides the password', answer: factorsSchema })
  list(@Caller() caller: Principal): Promise<Factors> {
    return this.enrol.list(caller);
  }

  @Post('session/totp')
  @HttpCode(200)
  @Permission('session:own')
  @Contract({
    summary: 'A new secret for an authenticator app, told this once', body: totpBeginSchema, answer: totpOfferSchema, status: 200,
    refusals: { SECOND_FACTOR_WANTED: 'One is in use: a code of it replaces it.', AUTH_FAILED: 'The code does not match.' },
  })
  begin(@Caller() caller: Principal, @Body(new ZodPipe(totpBeginSchema)) { code }: TotpBegin, @Req() request: Request): Promise<TotpOffer> {
    return this.enrol.beginTotp(caller, code, request.ip ?? '');
  }

  @Post('session/totp/confirm')
  @HttpCode(200)
  @Permission('session:own')
  @Contract({
    summary: 'The first code of the new secret: recovery codes, and a session in its place', body: totpConfirmSchema, answer: totpConfirmedSchema, status: 200,
    refusals: { AUTH_FAILED: 'The code does not match.', WRONG_STATE: 'No secret was begun.' },
  })
  confirm(@Caller() caller: Principal, @Body(new ZodPipe(totpConfirmSchema)) body: TotpConfirm, @Req() request: Request): Promise<TotpConfirmed> {
    return this.enrol.confirmTotp(caller, body, request.ip ?? '');
  }

  @Post('session/keys')
  @HttpCode(201)
  @Permission('session:own')
  @Contract({
    summary: 'Enrols a phone as second factor for 90 days, or a passkey', body: enrolKeySchema, answer: factorsSchema, status: 201,
    refusals: { AUTH_FAILED: 'Password, code or the key\'s own answer do not match.', KEY_UNUSABLE: 'Such a key cannot be used here.', KEY_EXISTS: 'It is enrolled.', KEYS_FULL: 'There are eight.' },
  })
  enrolKey(@Caller() caller: Principal, @Body(new ZodPipe(enrolKeySchema)) body: EnrolKey, @Req() request: Request): Promise<Factors> {
    return this.enrol.enrolKey(caller, body, request.ip ?? '');
  }

  @Delete('session/keys/:keyId')
  @HttpCode(204)
  @Permission('session:own')
  @Contract({ summary: 'Removes an enrolled phone or passkey', params: keyParams, status: 204 })
  removeKey(@Caller() caller: Principal, @Param(new ZodPipe(keyParams)) { keyId }: z.infer<typeof keyParams>): Promise<void> {
    return this.enrol.removeKey(caller, keyId);
  }

  @Post('accounts/:account/revoke')
  @HttpCode(200)
  @Permission('account:revoke')
  @Contract({ summary: 'Ends every session of an account in scope, and forgets its second factors if asked', params: accountParams, body: revokeAccountSchema, answer: revokedAccountSchema, status: 200 })
  revokeAccount(@Caller() caller: Principal, @Param(new ZodPipe(accountParams)) { account }: AccountParams, @Body(new ZodPipe(revokeAccountSchema)) { factors }: RevokeAccountRequest): Promise<RevokedAccount> {
    return this.revoke.run(caller, account, factors);
  }

  @Post('accounts/:account/unlock')
  @HttpCode(201)
  @Permission('account:revoke')
  @Contract({ summary: 'Forgets the failed sign-ins of an account in scope, and makes a code that its person sends along as `known` at the next one', params: accountParams, answer: unlockedAccountSchema, status: 201 })
  unlockAccount(@Caller() caller: Principal, @Param(new ZodPipe(accountParams)) { account }: z.infer<typeof accountParams>): Promise<UnlockedAccount> {
    return this.unlock.run(caller, account);
  }
}
