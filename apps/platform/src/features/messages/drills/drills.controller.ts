import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { drillPlanSchema, drillViewSchema, type DrillView } from '#libs/contracts';
import { Contract, Idempotent, Permission, ZodPipe, type IdempotentCall } from '../../../kernel/http';
import { Caller, scopeOf, type Principal } from '../../access';
import { CancelDrill } from './cancel-drill';
import { DrillPlans } from './drill-plans';
import { PlanDrill } from './plan-drill';

const listQuery = z.object({ count: z.coerce.number().int().min(1).max(500).default(100) });

@Controller('drills')
export class DrillsController {
  constructor(
    private readonly plans: DrillPlans,
    private readonly planDrill: PlanDrill,
    private readonly cancelDrill: CancelDrill,
  ) {}

  @Get()
  @Permission('drill:read')
  @Contract({ summary: 'Planned drills in reach, newest first', query: listQuery, answer: z.array(drillViewSchema) })
  list(@Caller() caller: Principal, @Query(new ZodPipe(listQuery)) { count }: z.output<typeof listQuery>): Promise<readonly DrillView[]> {
    return this.plans.list(scopeOf(caller), count);
  }

  @Post()
  @HttpCode(201)
  @Permission('drill:plan')
  @Contract({
    summary: 'Plans a drill: nothing sounds of it until a drill message was signed and approved as any other', body: drillPlanSchema, answer: drillViewSchema, status: 201, idempotent: true,
    refusals: { INVALID: 'Every bad field at once: AREA_UNKNOWN, AREA_FOREIGN, WINDOW_OVER, WINDOW_TOO_LONG, DRILL_NOT_ANNOUNCED, DRILL_NOT_SAID, DRILL_DENIED.' },
  })
  plan(@Caller() caller: Principal, @Idempotent() call: IdempotentCall, @Body(new ZodPipe(drillPlanSchema)) body: z.output<typeof drillPlanSchema>): Promise<DrillView> {
    return this.planDrill.run(caller, call, body);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Permission('drill:plan')
  @Contract({
    summary: 'Cancels a planned drill', answer: drillViewSchema, status: 200,
    refusals: { NOT_FOUND: 'The platform has planned no such drill.', WRONG_STATE: 'It was cancelled before.', DRILL_IN_USE: 'A message of it is open: withdraw or stop it first.' },
  })
  cancel(@Caller() caller: Principal, @Param('id') id: string): Promise<DrillView> {
    return this.cancelDrill.run(caller, id);
  }
}
