import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { z } from 'zod';
import { isolateRequestSchema, isolateViewSchema, type IsolateView } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../kernel/http';
import { CLOCK } from '../../kernel/tokens';
import { Caller, scopeOf, type Principal } from '../access';
import { IsolateArea } from './isolate-area';
import { Isolates } from './isolates';

@Controller('isolates')
export class IsolatesController {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly isolateArea: IsolateArea,
    private readonly isolates: Isolates,
  ) {}

  @Get()
  @Permission('isolate:read')
  @Contract({ summary: 'Areas that are closed to the tiers above now', answer: z.array(isolateViewSchema) })
  inForce(@Caller() caller: Principal): Promise<readonly IsolateView[]> {
    return this.isolates.views(scopeOf(caller), Math.trunc(this.clock.now()));
  }

  @Post()
  @HttpCode(201)
  @Permission('isolate')
  @Contract({
    summary: 'Closes an area to the tiers above for at most an hour, signed by enough officers', body: isolateRequestSchema, answer: isolateViewSchema, status: 201, idempotent: true,
    refusals: {
      REJ_THRESHOLD: 'Not enough officers signed.', REJ_KEY_USAGE: 'A key that signed is no officer\'s of this platform.', REJ_KEY_REVOKED: 'A key that signed was revoked.',
      REJ_WINDOW: 'It lasts longer than an hour.', REJ_EXPIRED: 'It is over already.', REJ_AREA: 'The area is not the platform\'s own.', REJ_NOT_TARGETED: 'There is no such area.',
      PLATFORM_FOREIGN: 'It is another platform\'s isolate.', ISOLATE_ID_TAKEN: 'Another isolate of the platform has its id.',
    },
  })
  isolate(
    @Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Body(new ZodPipe(isolateRequestSchema)) body: z.output<typeof isolateRequestSchema>,
  ): Promise<IsolateView> {
    return this.isolateArea.run(caller, call, body.isolate);
  }
}
