import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { eventViewSchema, onAirSchema, type EventView, type OnAir } from '#libs/contracts';
import { Contract, Permission, ZodPipe } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { SecurityEvents } from '../audit';
import { ReadOnAir } from './read-on-air';

const eventsQuery = z.object({ count: z.coerce.number().int().min(1).max(1_000).default(200) });

@Controller()
export class MonitoringController {
  constructor(
    private readonly onAir: ReadOnAir,
    private readonly events: SecurityEvents,
  ) {}

  @Get('on-air')
  @Permission('on-air:read')
  @Contract({ summary: 'What sounds where, in the caller\'s reach', answer: onAirSchema })
  now(@Caller() caller: Principal): Promise<OnAir> {
    return this.onAir.run(scopeOf(caller));
  }

  @Get('events')
  @Permission('event:read')
  @Contract({ summary: 'What was tried and refused, newest first', query: eventsQuery, answer: z.array(eventViewSchema) })
  list(@Caller() caller: Principal, @Query(new ZodPipe(eventsQuery)) { count }: z.output<typeof eventsQuery>): Promise<readonly EventView[]> {
    return this.events.list(scopeOf(caller), count);
  }
}
