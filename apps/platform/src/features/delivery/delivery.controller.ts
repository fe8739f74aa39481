import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { deliveryViewSchema, receiptViewSchema, terminalIdSchema, messageIdSchema, type DeliveryView } from '#libs/contracts';
import { Contract, Permission, ZodPipe } from '../../kernel/http';
import { Caller, scopeOf, type Principal } from '../access';
import { ReadDeliveries, type ReceiptView } from './read-deliveries';

const receiptsQuery = z.object({ message: messageIdSchema.optional(), terminal: terminalIdSchema.optional() });

@Controller()
export class DeliveryController {
  constructor(private readonly read: ReadDeliveries) {}

  @Get('messages/:id/deliveries')
  @Permission('delivery:read')
  @Contract({ summary: 'What became of a message at each terminal', answer: z.array(deliveryViewSchema) })
  deliveries(@Caller() caller: Principal, @Param('id') id: string): Promise<readonly DeliveryView[]> {
    return this.read.deliveries(scopeOf(caller), id);
  }

  @Get('messages/:id/receipts')
  @Permission('receipt:read')
  @Contract({ summary: 'The signed receipts of a message', answer: z.array(receiptViewSchema) })
  ofMessage(@Caller() caller: Principal, @Param('id') id: string): Promise<readonly ReceiptView[]> {
    return this.read.receipts(scopeOf(caller), { message: id });
  }

  @Get('receipts')
  @Permission('receipt:read')
  @Contract({ summary: 'Signed receipts, by message or terminal', query: receiptsQuery, answer: z.array(receiptViewSchema) })
  receipts(@Caller() caller: Principal, @Query(new ZodPipe(receiptsQuery)) query: z.output<typeof receiptsQuery>): Promise<readonly ReceiptView[]> {
    return this.read.receipts(scopeOf(caller), query);
  }
}
