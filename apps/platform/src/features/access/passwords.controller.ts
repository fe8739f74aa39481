import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { accountSetupSchema, changePasswordSchema, setUpPasswordSchema, type AccountSetup, type ChangePassword, type SetUpPassword } from '#libs/contracts';
import { Contract, Permission, Public, ZodPipe } from '../../kernel/http';
import { accountParams, type AccountParams } from './account-params';
import { Caller } from './caller';
import { OfferSetup } from './offer-setup';
import type { Principal } from './principal';
import { sayingWhen } from './refusals';
import { SetPassword } from './set-password';

const WEAK = 'Too few different signs, the account\'s name, or a word that everybody tries first.';

@Controller()
export class PasswordsController {
  constructor(private readonly offer: OfferSetup, private readonly passwords: SetPassword) {}

  @Post('accounts/:account/setup')
  @HttpCode(201)
  @Permission('account:revoke')
  @Contract({ summary: 'A code with which the person of an account in scope sets a password; the old one and every session end', params: accountParams, answer: accountSetupSchema, status: 201 })
  begin(@Caller() caller: Principal, @Param(new ZodPipe(accountParams)) { account }: AccountParams): Promise<AccountSetup> {
    return this.offer.run(caller, account);
  }

  @Post('session/setup')
  @HttpCode(204)
  @Public('whoever sets the first password has no session yet; the code is the officer\'s')
  @Contract({
    summary: 'Sets a password with an officer\'s code', body: setUpPasswordSchema, status: 204,
    refusals: { AUTH_FAILED: 'Account and code do not match, or the code is used or over.', PASSWORD_WEAK: WEAK, TOO_MANY_REQUESTS: 'Too many failed attempts; wait.' },
  })
  setUp(@Body(new ZodPipe(setUpPasswordSchema)) body: SetUpPassword, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    return sayingWhen(response, this.passwords.bySetup(body, request.ip ?? ''));
  }

  @Post('session/password')
  @HttpCode(204)
  @Permission('session:own')
  @Contract({
    summary: 'Changes the caller\'s password; every session ends', body: changePasswordSchema, status: 204,
    refusals: { AUTH_FAILED: 'Password or second factor do not match.', PASSWORD_WEAK: WEAK, TOO_MANY_REQUESTS: 'Too many failed attempts; wait.' },
  })
  change(@Caller() caller: Principal, @Body(new ZodPipe(changePasswordSchema)) body: ChangePassword, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    return sayingWhen(response, this.passwords.byPassword(caller, body, request.ip ?? ''));
  }
}
