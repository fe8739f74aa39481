import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { userError } from '../../kernel/errors';
import type { Principal } from './principal';

const callers = new WeakMap<Request, Principal>();

/** For the guard: who this request speaks for. */
export function rememberCaller(request: Request, principal: Principal): void {
  callers.set(request, principal);
}

/** The signed-in principal of a request; throws UNAUTHENTICATED on a public route without one. */
export function callerOf(request: Request): Principal {
  const principal = callers.get(request);
  if (principal === undefined) throw userError('UNAUTHENTICATED', 'Sign in first.');
  return principal;
}

/** The signed-in principal: `@Caller() caller: Principal`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => callerOf(context.switchToHttp().getRequest<Request>()));
