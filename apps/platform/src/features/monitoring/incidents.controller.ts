import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { handleIncidentSchema, incidentViewSchema, type IncidentView } from '#libs/contracts';
import { Contract, Permission, ZodPipe } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { HandleIncident } from './handle-incident';
import { INCIDENT_STORE, type IncidentStore } from './incident.store';

const listQuery = z.object({ state: z.enum(['standing', 'all']).default('standing'), count: z.coerce.number().int().min(1).max(500).default(100) });
const refusals = { NOT_FOUND: 'There is no such incident in your reach.', WRONG_STATE: 'It was closed before.' };

@Controller('incidents')
export class IncidentsController {
  constructor(
    @Inject(INCIDENT_STORE) private readonly store: IncidentStore,
    private readonly handleIncident: HandleIncident,
  ) {}

  @Get()
  @Permission('incident:read')
  @Contract({ summary: 'What was tried against the platforms in reach, gathered by cause, newest first', query: listQuery, answer: z.array(incidentViewSchema) })
  list(@Caller() caller: Principal, @Query(new ZodPipe(listQuery)) { state, count }: z.output<typeof listQuery>): Promise<readonly IncidentView[]> {
    return this.store.list(scopeOf(caller), { all: state === 'all', count });
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @Permission('incident:handle')
  @Contract({ summary: 'Says that somebody has seen an incident', body: handleIncidentSchema, answer: incidentViewSchema, status: 200, refusals })
  acknowledge(@Caller() caller: Principal, @Param('id') id: string, @Body(new ZodPipe(handleIncidentSchema)) { note }: z.output<typeof handleIncidentSchema>): Promise<IncidentView> {
    return this.handleIncident.run(caller, id, 'acknowledged', note);
  }

  @Post(':id/close')
  @HttpCode(200)
  @Permission('incident:handle')
  @Contract({ summary: 'Closes an incident that was dealt with', body: handleIncidentSchema, answer: incidentViewSchema, status: 200, refusals })
  close(@Caller() caller: Principal, @Param('id') id: string, @Body(new ZodPipe(handleIncidentSchema)) { note }: z.output<typeof handleIncidentSchema>): Promise<IncidentView> {
    return this.handleIncident.run(caller, id, 'closed', note);
  }
}
