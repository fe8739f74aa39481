import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { z } from 'zod';
import { restrictionRequestSchema, restrictionViewSchema, type RestrictionView } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../kernel/http';
import { CLOCK } from '../../kernel/tokens';
import { Caller, scopeOf, type Principal } from '../access';
import { PlaceRestriction } from './place-restriction';
import { Restrictions } from './restrictions';

@Controller('restrictions')
export class RestrictionsController {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly placeRestriction: PlaceRestriction,
    private readonly restrictions: Restrictions,
  ) {}

  @Get()
  @Permission('restriction:read')
  @Contract({ summary: 'What narrows now or will: important periods and answers to attacks', answer: z.array(restrictionViewSchema) })
  standing(@Caller() caller: Principal): Promise<readonly RestrictionView[]> {
    return this.restrictions.views(scopeOf(caller), Math.trunc(this.clock.now()));
  }

  @Post()
  @HttpCode(201)
  @Permission('restriction')
  @Contract({
    summary: 'Narrows what may sound in an area for an important period, signed by enough officers; it begins and ends by itself', body: restrictionRequestSchema, answer: restrictionViewSchema, status: 201, idempotent: true,
    refusals: {
      REJ_THRESHOLD: 'Not enough officers signed.', REJ_KEY_USAGE: 'A key that signed is not one that may sign this kind.', REJ_KEY_REVOKED: 'A key that signed was revoked.',
      REJ_WINDOW: 'It lasts longer than its kind may, or reaches back.', REJ_EXPIRED: 'It is over already.', REJ_AREA: 'The area is not the platform\'s own.', REJ_NOT_TARGETED: 'There is no such area.',
      REJ_SCHEMA: 'It would keep emergencies silent, or a period an advisory.', RESTRICTIONS_FULL: 'As many stand there as terminals keep.', PLATFORM_FOREIGN: 'It is another platform\'s restriction.',
      RESTRICTION_ID_TAKEN: 'Another restriction of the platform has its id.',
    },
  })
  place(
    @Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Body(new ZodPipe(restrictionRequestSchema)) body: z.output<typeof restrictionRequestSchema>,
  ): Promise<RestrictionView> {
    return this.placeRestriction.run(caller, call, body.restriction);
  }
}
