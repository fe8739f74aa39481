import { z } from 'zod';
import { deliveryViewSchema, receiptViewSchema, type DeliveryView, type Draft, type MessageDetail, type MessageView } from '#libs/contracts';
import { detailOf, draft, submitSigned } from '../../../cli/src';
import type { Actor } from '../actor';
import { postApproval } from '../attacks/api';

/** A message that went its whole way, with what it cost. */
export interface Published { readonly id: string; readonly digest: string; readonly author: Actor; readonly view: MessageView }

/** Draft, author's signature, submit. */
export async function submitted(author: Actor, wanted: Draft): Promise<Published> {
  const drafted = await draft(author.context, wanted);
  const { read } = drafted;
  const view = await submitSigned(author.context, drafted, author.signer, false);
  return { id: view.id, digest: read.digest, author, view };
}

/** Every approver signs, one after the other. */
export async function approved(message: Published, approvers: readonly Actor[]): Promise<MessageDetail> {
  for (const approver of approvers) {
    await postApproval(approver, await detailOf(approver.context, message.id), approver.person, approver.signer);
  }
  return detailOf(message.author.context, message.id);
}

/** What became of the message itself; a correction of it is listed with it and left out here. */
export async function deliveriesOf(message: Published): Promise<readonly DeliveryView[]> {
  return (await rowsOf(message)).filter(({ corrects }) => corrects === null);
}

/** What became of its correction, also where the message was never heard. */
export async function correctionsOf(message: Published): Promise<readonly DeliveryView[]> {
  return (await rowsOf(message)).filter(({ corrects }) => corrects !== null);
}

function rowsOf(message: Published): Promise<readonly DeliveryView[]> {
  return message.author.context.api.get(`/api/messages/${message.id}/deliveries`, z.array(deliveryViewSchema));
}

export function receiptsOf(message: Published): Promise<readonly z.infer<typeof receiptViewSchema>[]> {
  return message.author.context.api.get(`/api/messages/${message.id}/receipts`, z.array(receiptViewSchema));
}

export function isFinal(delivery: DeliveryView): boolean {
  return delivery.state === 'done' || delivery.state === 'failed';
}
