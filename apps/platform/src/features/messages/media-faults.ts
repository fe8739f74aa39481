import type { Message } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import type { FieldError } from '../../kernel/errors';
import type { LookedUp } from './content-facts';

/** Where the signed bytes say another size or length than the stored recording has. */
export function mediaFaults(message: Pick<Message, 'body'>, stored: LookedUp['media']): readonly FieldError[] {
  return filesOf(message.body).flatMap(({ sha256, bytes, durationMs }, at) => {
    const media = stored.get(sha256);
    return media === undefined || (media.bytes === bytes && media.durationMs === durationMs) ? []
      : [{ path: 'live' in message.body ? 'body.live.chime' : `body.segments.${at}`, code: 'MEDIA_DIFFERS', sentence: 'The recording has another size or length than the message says.' }];
  });
}
