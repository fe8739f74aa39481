import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { userError } from '../../kernel/errors';
import { routePolicyOf } from '../../kernel/http';
import type { Attendance, Sessions } from './accounts';
import { rememberCaller } from './caller';
import { mayDo } from './permissions';
import type { RequestBudget } from './request-budget';
import { bearerOf } from './token';

/** Sent by pages with what they ask by themselves, while nobody touches them. */
const UNATTENDED = 'clarion-unattended';

/**
 * Stands before every route. Refuses TOO_MANY_REQUESTS above the budget, before anything is asked of the database, UNAUTHENTICATED without a valid token, FORBIDDEN without the permission that the
 * route states, and a route that states nothing. Socket events are admitted by `kernel/socket` and judged again by
 * their gateway (`mayDo`).
 */
export class AccessGuard implements CanActivate {
  constructor(
    private readonly sessions: Sessions,
    private readonly budget: RequestBudget,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = routePolicyOf(context.getHandler(), context.getClass());
    if (policy === null) throw userError('FORBIDDEN', 'This route does not say who may use it.');
    if (policy.kind === 'public') {
      if (context.getType() === 'http') this.budget.take(undefined, context.switchToHttp().getRequest<Request>(), '');
      return true;
    }
    if (context.getType() !== 'http') throw userError('FORBIDDEN', 'This is judged by its own gateway.');
    const request = context.switchToHttp().getRequest<Request>();
    const token = bearerOf(request.headers.authorization);
    const account = token === undefined ? undefined : this.sessions.claimsOf(token)?.account;
    this.budget.take(account, request, policy.name);
    const principal = token === undefined || account === undefined ? null : await this.sessions.authenticate(token, attendanceOf(request));
    if (principal === null) throw userError('UNAUTHENTICATED', 'Sign in first.');
    if (!mayDo(principal, policy.name)) throw userError('FORBIDDEN', 'Your roles do not allow this.');
    rememberCaller(request, principal);
    return true;
  }
}

function attendanceOf(request: Request): Attendance {
  return request.headers[UNATTENDED] === undefined ? 'attended' : 'unattended';
}
