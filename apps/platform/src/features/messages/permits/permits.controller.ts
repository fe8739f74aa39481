import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { permitRequestSchema, permitViewSchema, permitWithdrawSchema, type PermitView } from '#libs/contracts';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../../kernel/http';
import { Caller, scopeOf, type Principal } from '../../access';
import { KeepPermit } from './keep-permit';
import { ReadPermits } from './read-permits';
import { WithdrawPermit } from './withdraw-permit';

const listQuery = z.object({ count: z.coerce.number().int().min(1).max(500).default(100) });

@Controller('permits')
export class PermitsController {
  constructor(
    private readonly keepPermit: KeepPermit,
    private readonly withdrawPermit: WithdrawPermit,
    private readonly read: ReadPermits,
  ) {}

  @Get()
  @Permission('permit:read')
  @Contract({ summary: 'Live permits in reach, newest first: their terms, who signed, whether they count, what is left today', query: listQuery, answer: z.array(permitViewSchema) })
  list(@Caller() caller: Principal, @Query(new ZodPipe(listQuery)) { count }: z.output<typeof listQuery>): Promise<readonly PermitView[]> {
    return this.read.list(scopeOf(caller), count);
  }

  @Post()
  @HttpCode(201)
  @Permission('permit:sign')
  @Contract({
    summary: 'A live permit with one or two signatures of approvers, the caller\'s among them; it counts when the officers\' next roster lists it', body: permitRequestSchema, answer: permitViewSchema, status: 201, idempotent: true,
    refusals: {
      REJ_PERMIT: 'It is not for an author of a village, or for longer than 400 days.', REJ_APPROVER_ROLE: 'A signer is no approver there or above.',
      REJ_APPROVER_IS_AUTHOR: 'The clerk signed it.', REJ_APPROVER_REPEATED: 'One person signed it twice.', REJ_EXPIRED: 'It is over.', REJ_VERIFICATION: 'Both signed with a browser\'s software key: one needs a passkey or a key file.',
      PLATFORM_FOREIGN: 'The village is not yours.', SIGNER_FOREIGN: 'The signature is not yours.', STATE_CONFLICT: 'It was withdrawn.',
    },
  })
  async sign(@Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Body(new ZodPipe(permitRequestSchema)) body: z.output<typeof permitRequestSchema>): Promise<PermitView> {
    const { digest } = await this.keepPermit.run(caller, call, body.permit);
    return this.read.one(scopeOf(caller), digest);
  }

  @Post(':digest/withdraw')
  @HttpCode(200)
  @Permission('permit:withdraw')
  @Contract({
    summary: 'This server takes nothing under it any more; loudspeakers do until the officers\' next roster is without it', body: permitWithdrawSchema, answer: permitViewSchema, status: 200, idempotent: true,
    refusals: { NOT_FOUND: 'There is no such permit in reach.', STATE_CONFLICT: 'It was withdrawn before.' },
  })
  async withdraw(
    @Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Param('digest') name: string, @Body(new ZodPipe(permitWithdrawSchema)) body: z.output<typeof permitWithdrawSchema>,
  ): Promise<PermitView> {
    const { digest } = await this.withdrawPermit.run(caller, call, name, body.reason);
    return this.read.one(scopeOf(caller), digest);
  }
}
