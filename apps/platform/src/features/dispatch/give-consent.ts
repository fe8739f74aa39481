import { Inject, Injectable } from '@nestjs/common';
import type { Consent } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { takenBackBy, verifyConsent, type VerifiedConsent } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { ClarionError, userError } from '../../kernel/errors';
import type { IdempotentCall } from '../../kernel/http';
import { Leaves } from '../../kernel/leaf';
import { CLOCK } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { Trust } from '../authority';
import { foreignPlatform, isMessageId, MessageAccess, notFound, refusalError, SignedCommand, stateConflict, type CorrectionRecord, type MessageRecord } from '../messages';
import { subjectOf } from './consent-subject';
import { CorrectionsCut } from './corrections-cut';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';
import { PlaceDispatch } from './place-dispatch';
import { PlaceStop } from './place-stop';
import { StopsReaching } from './stops-reaching';

/** What a consent is used for: to say a correction, or to go on after a stop. */
export type ConsentUse = Consent['act']['kind'];

/**
 * Takes a stopper's consent, and in the same transaction puts on the air what it is for: a correction of what may have
 * been heard, or the rest of what was stopped. The same consent again is the same dispatch. Refuses with REJ_*,
 * SIGNER_FOREIGN, PLATFORM_FOREIGN, CONSENT_USED, NOTHING_HEARD and STATE_CONFLICT; then nothing was changed.
 */
@Injectable()
export class GiveConsent {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DISPATCH_STORE) private readonly store: DispatchStore,
    private readonly trust: Trust,
    private readonly messages: MessageAccess,
    private readonly stops: StopsReaching,
    private readonly cut: CorrectionsCut,
    private readonly place: PlaceDispatch,
    private readonly placeStop: PlaceStop,
    private readonly leaves: Leaves,
    private readonly command: SignedCommand,
  ) {}

  async run(principal: Principal, call: IdempotentCall, use: ConsentUse, id: string, envelope: Envelope): Promise<{ readonly id: string }> {
    return this.command.run(principal, call, envelope, async (tx) => {
      await this.give(tx, principal, use, id, envelope);
      return { id };
    });
  }

  private async give(tx: Tx, principal: Principal, use: ConsentUse, id: string, envelope: Envelope): Promise<void> {
    const now = Math.trunc(this.clock.now());
    const scope = scopeOf(principal);
    const record = isMessageId(id) ? await this.messages.lock(scope, tx, id) : undefined;
    if (record === undefined) throw notFound();
    if (record.platform !== principal.platform) throw foreignPlatform(record.platform);
    const verified = verifyConsent(this.trust.state(), envelope, now);
    if (!verified.ok) throw refusalError(verified);
    const { consent, digest } = verified.value;
    if (consent.person !== principal.person) throw userError('SIGNER_FOREIGN', 'The signature is not yours.', { status: 403 });
    if (consent.platform !== record.platform || consent.act.kind !== use) throw refusalError({ code: 'REJ_CONSENT' });
    const given = await this.store.consents(scope, record.id, tx);
    if (given.some((other) => other.digest === digest)) return;
    const named = new Set(given.flatMap((other) => (other.consent === undefined ? [] : takenBackBy(other.consent)).map(({ stopId }) => stopId)));
    if (consent.act.kind === 'resume' && takenBackBy(consent).every(({ stopId }) => named.has(stopId))) throw consentUsed();
    const dispatch = consent.act.kind === 'correct'
      ? await this.correct(tx, principal, record, envelope, verified.value, consent.act, now)
      : await this.resume(tx, principal, record, envelope, verified.value, consent.act, now);
    await this.store.insertConsent(scope, tx, { digest, message: record.id, consent, envelope, dispatch: dispatch.dispatchId }, now);
    await this.leaves.insert(tx, {
      platform: record.platform, kind: `consent.${use}`, subject: record.id,
      facts: { consent: digest, person: consent.person, of: subjectOf(consent.act), dispatchId: dispatch.dispatchId },
    });
  }

  private async correct(
    tx: Tx, principal: Principal, record: MessageRecord, envelope: Envelope, consent: VerifiedConsent, act: Extract<Consent['act'], { kind: 'correct' }>, now: number,
  ) {
    const scope = scopeOf(principal);
    if (act.ofMessage !== record.digest) throw refusalError({ code: 'REJ_CONSENT' });
    const corrections = await this.messages.corrections(scope, record.id, tx);
    const correction = corrections.find(({ digest }) => digest === act.correction);
    if (correction === undefined) throw refusalError({ code: 'REJ_CORRECTION' });
    const heard = await this.store.mayHaveHeard(scope, record.id, tx);
    if (heard.length === 0) throw userError('NOTHING_HEARD', 'No loudspeaker can have sounded this message, so there is nothing to correct.', { status: 409 });
    if (correction.given !== null) {
      // It was said, and a stop cut it off: said again to those alone, by a word given after that stop.
      const only = await this.cut.run(record, correction, consent.consent.signedAt, now, tx);
      if (only.length === 0) throw consentUsed();
      await this.endStanding(tx, principal, record, corrections, correction, now);
      const approved = await this.messages.giveAgain(tx, scope, record, correction, correction.given.id, now);
      return this.place.run(tx, approved, { only, by: { envelope, consent, original: { digest: record.digest, envelope: record.envelope } } });
    }
    const approved = await this.messages.give(tx, scope, record, correction, now);
    // What has not begun anywhere must not begin after it was taken back, nor be said once more.
    await this.placeStop.takenBack(tx, { id: record.id, platform: record.platform, digest: record.digest, by: principal.person });
    await this.endStanding(tx, principal, record, corrections, correction, now);
    return this.place.run(tx, approved, { only: heard, by: { envelope, consent, original: { digest: record.digest, envelope: record.envelope } } });
  }

  /** "It was false" and "it is over" must not sound by turns on the same loudspeakers: the later word ends the earlier. */
  private async endStanding(tx: Tx, principal: Principal, record: MessageRecord, corrections: readonly CorrectionRecord[], later: CorrectionRecord, now: number): Promise<void> {
    const scope = scopeOf(principal);
    for (const { id, digest } of await this.messages.standing(scope, corrections, later, tx)) {
      await this.placeStop.takenBack(tx, { id, platform: record.platform, digest, by: principal.person });
      await this.messages.complete(tx, scope, id, now, 'stopped');
    }
  }

  private async resume(
    tx: Tx, principal: Principal, record: MessageRecord, envelope: Envelope, consent: VerifiedConsent, act: Extract<Consent['act'], { kind: 'resume' }>, now: number,
  ) {
    const scope = scopeOf(principal);
    if (act.message !== record.digest) throw refusalError({ code: 'REJ_CONSENT' });
    if ((await this.messages.corrections(scope, record.id, tx)).some(({ given }) => given !== null)) throw stateConflict(record.state, 'it was corrected, so it does not go on');
    const only = await this.stops.goesOn(record, consent.consent, now, tx);
    if (only.length === 0) throw refusalError({ code: 'REJ_RESUME' });
    const approved = await this.messages.resume(tx, scope, record, now);
    return this.place.run(tx, approved, { only, by: { envelope, consent, resumes: act.stop } });
  }
}

function consentUsed(): ClarionError {
  return userError('CONSENT_USED', 'Somebody consented to this already.', { status: 409 });
}
