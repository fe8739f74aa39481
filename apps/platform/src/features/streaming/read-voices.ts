import { Inject, Injectable } from '@nestjs/common';
import type { LiveView } from '#libs/contracts';
import { isHeld } from '#libs/domain';
import type { Scope } from '../../kernel/scope';
import { MessageAccess, messageIn } from '../messages';
import { LIVE_STORE, type LiveSession, type LiveStore } from './live.store';
import { Voices } from './voices';
import { WhoSpeaks } from './who-speaks';

/** The newest; older ones are found by their messages. */
const MOST = 100;

/** Voices that live and that lived, of one scope. One whose message nobody can read any more is left out. */
@Injectable()
export class ReadVoices {
  constructor(
    @Inject(LIVE_STORE) private readonly store: LiveStore,
    private readonly messages: MessageAccess,
    private readonly voices: Voices,
    private readonly who: WhoSpeaks,
  ) {}

  async run(scope: Scope, count = MOST): Promise<readonly LiveView[]> {
    const sessions = await this.store.list(scope, count);
    if (sessions.length === 0) return [];
    const titleOf = await this.who.titles();
    return (await Promise.all(sessions.map((session) => this.view(scope, session, titleOf(session.platform, session.author))))).flat();
  }

  private async view(scope: Scope, session: LiveSession, holder: string): Promise<readonly LiveView[]> {
    const record = await this.messages.find(scope, session.message);
    const message = record === undefined ? undefined : messageIn(record);
    if (message === undefined || session.begun === null) return [];
    const { stream, digest, platform, ended } = session;
    const voice = this.voices.of(stream);
    return [{
      stream, message: session.message, messageDigest: digest, platform, title: message.texts[0]?.title ?? '', class: message.class, held: isHeld(message.body) ? 'platform' : null, holder,
      // Without a voice in our hands it is another server's, or nobody's any more.
      state: ended !== null ? 'ended' : voice?.state ?? 'away',
      startedAt: session.begun.at, endedAt: ended?.at ?? null, ended: ended?.code ?? null,
      lastSeq: voice?.lastSeq ?? session.lastSeq, refused: voice?.refused ?? session.refused,
    }];
  }
}
