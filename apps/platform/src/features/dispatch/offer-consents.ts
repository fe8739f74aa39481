import { Inject, Injectable } from '@nestjs/common';
import type { Consent, ConsentOffers, Message, MessageState, TerminalId } from '#libs/contracts';
import { encodePayload, toBase64 } from '#libs/envelope';
import type { Clock } from '../../kernel/clock';
import { CLOCK } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { countedByTime, foreignPlatform, isMessageId, KeptSilent, MessageAccess, messageIn, notFound } from '../messages';
import { CorrectionsCut } from './corrections-cut';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';
import { StopsReaching } from './stops-reaching';

/** A message is `completed` as well when it was stopped at some and ended otherwise at the rest. */
const AIRED: ReadonlySet<MessageState> = new Set<MessageState>(['dispatched', 'stopped', 'completed']);

/** What a stopper may consent to now, as the bytes to sign: the corrections not given yet, cut off by a stop or kept from sounding, and going on after a stop of the last 30 s. */
@Injectable()
export class OfferConsents {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DISPATCH_STORE) private readonly store: DispatchStore,
    private readonly messages: MessageAccess,
    private readonly stops: StopsReaching,
    private readonly cut: CorrectionsCut,
    private readonly keptSilent: KeptSilent,
  ) {}

  async run(principal: Principal, id: string): Promise<ConsentOffers> {
    const scope = scopeOf(principal);
    const record = isMessageId(id) ? await this.messages.find(scope, id) : undefined;
    if (record === undefined) throw notFound();
    if (record.platform !== principal.platform) throw foreignPlatform(record.platform);
    const now = Math.trunc(this.clock.now());
    const payload = (act: Consent['act'], signedAt = now): string =>
      toBase64(encodePayload({ platform: record.platform, person: principal.person, act, signedAt } satisfies Consent));
    const corrections = await this.messages.corrections(scope, record.id);
    const heard = await this.store.mayHaveHeard(scope, record.id);
    const offers: ConsentOffers['offers'] = [];
    for (const correction of corrections) {
      const message = messageIn(correction);
      if (message === undefined || message.notAfter <= now) continue;
      const terminals = correction.given === null ? heard : await this.cut.run(record, correction, now, now);
      if (terminals.length === 0) continue;
      offers.push({
        kind: correction.kind, title: message.texts[0]?.title ?? '', text: message.texts[0]?.text ?? '', terminals: terminals.length,
        payload: payload({ kind: 'correct', correction: correction.digest, ofMessage: record.digest }), until: message.notAfter,
        ends: (await this.messages.standing(scope, corrections, correction)).map(({ kind }) => kind),
        ...await this.silentAt(message, terminals, now),
      });
    }
    const original = messageIn(record);
    // What was corrected does not go on: the people have been told that it was wrong, or is over.
    if (original === undefined || original.notAfter <= now || !AIRED.has(record.state) || corrections.some(({ given }) => given !== null)) return { offers };
    for (const { stop, also, issuedAt, until, terminals } of await this.stops.run(record, now)) {
      offers.push({
        kind: 'resume', title: original.texts[0]?.title ?? '', text: original.texts[0]?.text ?? '', terminals: terminals.length,
        payload: payload({ kind: 'resume', message: record.digest, stop, ...(also.length === 0 ? {} : { also: [...also] }) }, Math.max(now, issuedAt)), until: Math.min(until, original.notAfter), ends: [], ...await this.silentAt(original, terminals, now),
      });
    }
    return { offers };
  }

  /** Where the word would not be heard, or not yet: who gives it must know. */
  private async silentAt(message: Message, terminals: readonly TerminalId[], now: number): Promise<Pick<ConsentOffers['offers'][number], 'isolated' | 'quiet' | 'postponed'>> {
    const { isolated, quiet } = await this.keptSilent.run(message, terminals, now);
    const times = [...quiet.values()];
    return { isolated: isolated.size, quiet: times.filter((until) => until === null).length, postponed: countedByTime(times.filter((until) => until !== null)) };
  }
}
