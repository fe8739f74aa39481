import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { userError } from '../../kernel/errors';
import { routePolicyOf } from '../../kernel/http';
import type { Sessions } from './accounts';
import { rememberCaller } from './caller';
import { mayDo } from './permissions';
import { bearerOf } from './token';

/**
 * Stands before every route. Refuses UNAUTHENTICATED without a valid token, FORBIDDEN without the permission that the
 * route states, and a route that states nothing. Socket events are admitted by `kernel/socket` and judged again by
 * their gateway (`mayDo`).
 */
export class AccessGuard implements CanActivate {
  constructor(private readonly sessions: Sessions) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = routePolicyOf(context.getHandler(), context.getClass());
    if (policy === null) throw userError('FORBIDDEN', 'This route does not say who may use it.');
    if (policy.kind === 'public') return true;
    if (context.getType() !== 'http') throw userError('FORBIDDEN', 'This is judged by its own gateway.');
    const request = context.switchToHttp().getRequest<Request>();
    const token = bearerOf(request.headers.authorization);
    const principal = token === undefined ? null : await this.sessions.authenticate(token);
    if (principal === null) throw userError('UNAUTHENTICATED', 'Sign in first.');
    if (!mayDo(principal, policy.name)) throw userError('FORBIDDEN', 'Your roles do not allow this.');
    rememberCaller(request, principal);
    return true;
  }
}
