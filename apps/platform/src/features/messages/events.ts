import type { MessageId } from '#libs/contracts';

/** Outbox topic: a message was frozen; its media may be fetched ahead (bytes are not authority). */
export const MESSAGE_SUBMITTED = 'message-submitted';
/** Outbox topic: the window of an approved message opens. */
export const MESSAGE_DUE = 'message-due';
export interface MessageSubmitted {
  readonly id: MessageId;
}
