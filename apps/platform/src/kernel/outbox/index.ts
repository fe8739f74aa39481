export { Outbox, OUTBOX_CHANNEL, type OutboxPayload } from './outbox';
export { OutboxWorker, URGENT, type HandlerOptions, type OutboxHandler } from './outbox-worker';
export type { ClaimedRow } from './outbox-rows';
