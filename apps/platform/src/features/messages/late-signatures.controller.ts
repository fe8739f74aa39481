import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { lateSignatureSchema, type LateSignature } from '#libs/contracts';
import { Contract, Permission, ZodPipe } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { LateSignatures } from './late-signatures';

const listQuery = z.object({ count: z.coerce.number().int().min(1).max(500).default(100) });

@Controller('late-signatures')
export class LateSignaturesController {
  constructor(private readonly late: LateSignatures) {}

  @Get()
  @Permission('message:read')
  @Contract({ summary: 'Signatures that messages on the air still owe, the earliest due first; POST /api/messages/:id/approvals takes them', query: listQuery, answer: z.array(lateSignatureSchema) })
  list(@Caller() caller: Principal, @Query(new ZodPipe(listQuery)) { count }: z.output<typeof listQuery>): Promise<readonly LateSignature[]> {
    return this.late.list(scopeOf(caller), count);
  }
}
