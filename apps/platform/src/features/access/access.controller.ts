import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { accountViewSchema, sessionSchema, signInSchema, type AccountView, type Session, type SignIn as SignInRequest } from '#libs/contracts';
import { z } from 'zod';
import { Contract, Permission, Public, ZodPipe } from '../../kernel/http';
import { Accounts } from './accounts';
import { Caller } from './caller';
import type { Principal } from './principal';
import { scopeOf } from './scope';
import { StoredSessions } from './sessions';
import { SignIn, SignInThrottled } from './sign-in';

const ownSessionSchema = sessionSchema.omit({ token: true, demo: true });

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
    summary: 'Signs in with account and password',
    body: signInSchema,
    answer: sessionSchema,
    status: 201,
    refusals: { AUTH_FAILED: 'The account and password do not match.', TOO_MANY_REQUESTS: 'Too many failed attempts; wait.' },
  })
  async open(@Body(new ZodPipe(signInSchema)) body: SignInRequest, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<Session> {
    try {
      return await this.signIn.run(body, request.ip ?? '');
    } catch (cause) {
      if (cause instanceof SignInThrottled) response.setHeader('Retry-After', String(cause.retryAfterSeconds));
      throw cause;
    }
  }

  @Get('session')
  @Permission('session:own')
  @Contract({ summary: 'Who is signed in', answer: ownSessionSchema })
  own(@Caller() { account, person, platform, tier, roles, title, expiresAt }: Principal): z.infer<typeof ownSessionSchema> {
    return { account, person, platform, tier, roles: [...roles], title, expiresAt };
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
