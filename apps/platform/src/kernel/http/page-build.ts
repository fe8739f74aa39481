import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { digestSchema, type Digest } from '#libs/contracts';

/**
 * Which build a signing page says it is (`Clarion-Page-Build`): `@PageBuild() build: Digest | null`. A claim, outside
 * every signature; what is no digest says nothing.
 */
export const PageBuild = createParamDecorator((_: unknown, context: ExecutionContext): Digest | null => {
  const claimed = context.switchToHttp().getRequest<Request>().headers['clarion-page-build'];
  return digestSchema.safeParse(claimed).data ?? null;
});
