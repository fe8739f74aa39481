import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  accountViewSchema, ownSessionSchema, passkeySignInSchema, sessionSchema, signInSchema,
  type AccountView, type OwnSession, type PasskeySignIn, type Session, type SignIn as SignInRequest,
} from '#libs/contracts';
import { z } from 'zod';
import { Contract, Permission, Public, ZodPipe } from '../../kernel/http';
import { Accounts } from './accounts';
import { Caller } from './caller';
import type { Principal } from './principal';
import { sayingWhen } from './refusals';
import { scopeOf } from './scope';
import { StoredSessions } from './sessions';
import { SignIn } from './sign-in';

@Controller()
export class AccessController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: StoredSessions,
    private readonly accounts: Accounts,
  ) {}

  @Post('session')
  @HttpCode(201)
  @Public('nobody has a session before signing in')
  @Contract({
    summary: 'Signs in with account, password and second factor',
    body: signInSchema,
    answer: sessionSchema,
    status: 201,
    refusals: { AUTH_FAILED: 'Account, password or second factor do not match.', SECOND_FACTOR_WANTED: 'Said whatever the password was: send a code or a phone\'s answer along.', TOO_MANY_REQUESTS: 'Too many failed attempts; wait.' },
  })
  open(@Body(new ZodPipe(signInSchema)) body: SignInRequest, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<Session> {
    return sayingWhen(response, this.signIn.run(body, request.ip ?? ''));
  }

  @Post('session/passkey')
  @HttpCode(201)
  @Public('nobody has a session before signing in')
  @Contract({
    summary: 'Signs in with a passkey', body: passkeySignInSchema, answer: sessionSchema, status: 201,
    refusals: { AUTH_FAILED: 'Account and passkey do not match.' },
  })
  byPasskey(@Body(new ZodPipe(passkeySignInSchema)) body: PasskeySignIn): Promise<Session> {
    return this.signIn.byPasskey(body);
  }

  @Get('session')
  @Permission('session:own')
  @Contract({ summary: 'Who is signed in', answer: ownSessionSchema })
  own(@Caller() { account, person, platform, tier, roles, title, expiresAt, factor, idleAt }: Principal): OwnSession {
    return { account, person, platform, tier, roles: [...roles], title, expiresAt, factor, idleAt };
  }

  @Delete('session')
  @HttpCode(204)
  @Permission('session:own')
  @Contract({ summary: 'Signs out', status: 204 })
  async close(@Caller() caller: Principal): Promise<void> {
    await this.sessions.end(caller.session);
  }

  @Get('accounts')
  @Permission('account:read')
  @Contract({ summary: 'Who may sign in, in scope', answer: z.array(accountViewSchema) })
  list(@Caller() caller: Principal): Promise<readonly AccountView[]> {
    return this.accounts.list(scopeOf(caller));
  }
}
