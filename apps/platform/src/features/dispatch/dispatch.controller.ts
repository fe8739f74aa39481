import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { dispatchRequestSchema, messageViewSchema, type MessageView } from '#libs/contracts';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { ReadMessages } from '../messages';
import { DispatchMessage } from './dispatch-message';

@Controller('messages')
export class DispatchController {
  constructor(
    private readonly dispatchMessage: DispatchMessage,
    private readonly read: ReadMessages,
  ) {}

  @Post(':id/dispatch')
  @HttpCode(200)
  @Permission('message:dispatch')
  @Contract({
    summary: 'Releases a held message, or dispatches once more to interrupted terminals', body: dispatchRequestSchema, answer: messageViewSchema,
    status: 200, idempotent: true,
    refusals: {
      STATE_CONFLICT: 'The message is not approved.', NOTHING_INTERRUPTED: 'No terminal reported an interruption.',
      LIVE_TAKEN: 'Another voice speaks there; the fields `holder` and `until` say whose and until when at most.', LIVE_OVER: 'The voice is over; what was missed of it is not said again.',
      INVALID: 'Every bad field at once: TERMINALS_NOT_HERE, TERMINAL_UNKNOWN, TERMINAL_NOT_INTERRUPTED.',
    },
  })
  async dispatch(
    @Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Param('id') id: string,
    @Body(new ZodPipe(dispatchRequestSchema)) body: z.output<typeof dispatchRequestSchema>,
  ): Promise<MessageView> {
    const dispatched = await this.dispatchMessage.run(caller, call, id, body.terminals);
    return this.read.view(scopeOf(caller), dispatched.id);
  }
}
