export { MESSAGE_SUBMITTED, type MessageSubmitted } from './events';
export { Followers, NOT_ON_AIR, type AirReader, type AirRecord, type ApprovedMessage, type ReleaseFollower } from './followers';
export { MessageAccess } from './message-access';
export type { MessageRecord } from './message.store';
export { messageIn } from './message-view';
export { MessagesModule } from './messages.module';
export { payloadDigest } from './payload-digest';
export { ReadMessages } from './read-messages';
export { altered, foreignPlatform, isMessageId, notFound, refusalError, stateConflict } from './refusals';
