import { Inject, Injectable } from '@nestjs/common';
import type { DraftAnswer } from '#libs/contracts';
import { sayAgain, type NewWindow } from '#libs/domain';
import { userError } from '../../kernel/errors';
import { scopeOf, type Principal } from '../access';
import { ComposeDraft } from './compose-draft';
import { MESSAGE_STORE, type MessageStore } from './message.store';
import { messageIn } from './message-view';
import { altered, foreignPlatform, isMessageId, notFound } from './refusals';

/**
 * What was said before as a draft of a new message (重播重审): its author signs it, and whoever must approve it approves it
 * anew. Refuses with NOT_FOUND, PLATFORM_FOREIGN, AGAIN_CORRECTION, AGAIN_LIVE, and whatever a draft refuses with.
 */
@Injectable()
export class DraftAgain {
  constructor(
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly compose: ComposeDraft,
  ) {}

  async run(principal: Principal, id: string, window: NewWindow): Promise<DraftAnswer> {
    const scope = scopeOf(principal);
    const record = isMessageId(id) ? await this.store.find(scope, id) : undefined;
    if (record === undefined) throw notFound();
    if (record.platform !== principal.platform) throw foreignPlatform(record.platform);
    const message = messageIn(record);
    if (message === undefined) throw altered('its signed bytes cannot be read');
    if ('live' in message.body) throw userError('AGAIN_LIVE', 'A living voice is not said again; speak anew, or bring its recording.');
    if (message.corrects !== null) throw userError('AGAIN_CORRECTION', 'A correction is given again by a stopper\'s consent, not as a message of its own.');
    const takenBackBy = (await this.store.corrections(scope, [record.id])).flatMap((one) => messageIn(one) ?? []);
    return this.compose.run(principal, sayAgain(record.digest, message, takenBackBy, window));
  }
}
