import { Inject, Injectable } from '@nestjs/common';
import { messageSchema, type Digest, type Message } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { unverifiedPayload, type Envelope } from '#libs/envelope';
import { verifyMessage, type Refused, type VerifiedMessage } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { ClarionError, invalidFields, userError, type FieldError } from '../../kernel/errors';
import type { IdempotentCall } from '../../kernel/http';
import { Leaves } from '../../kernel/leaf';
import { Outbox } from '../../kernel/outbox';
import { CLOCK } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { Trust } from '../authority';
import { Media } from '../media';
import { ContentLookup } from './content-facts';
import { contentFaults, contentOfMessage } from './content-faults';
import { DrillBook } from './drill-book';
import { MESSAGE_SUBMITTED, type MessageSubmitted } from './events';
import { LiveFaults } from './live-faults';
import { JudgeCorrections, type SignedCorrection } from './judge-corrections';
import { mediaFaults } from './media-faults';
import { MESSAGE_STORE, type MessageStore } from './message.store';
import { isUnderPermit, PermitDesk } from './permits/permit-desk';
import { ReleaseMessage } from './release-message';
import { SaidBefore } from './said-before';
import { SignedCommand } from './signed-command';
import { platformDocuments, type PlatformDocuments } from './platform-documents';
import { foreignPlatform, refusalError } from './refusals';
import { Followers } from './followers';
import { drillWordFaults, saysDrillFaults } from './says-drill';

/** A signing clock may differ from ours by this much. */
const ISSUED_TOLERANCE_MS = 10 * 60_000;

/**
 * Takes a message that its author signed, with what takes it back, and freezes both. Everything is judged again from the
 * signed bytes: key, role, unit, class, ceilings, areas, window, media, policy, drill, corrections, permit. What its author
 * says under a permit goes on the air with this signature alone. Refuses with the terminal's own REJ_* code, with INVALID and every
 * field, with PLATFORM_FOREIGN, AUTHOR_FOREIGN or MESSAGE_EXISTS; then nothing was changed.
 */
@Injectable()
export class SubmitMessage {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
    private readonly lookup: ContentLookup,
    private readonly corrections: JudgeCorrections,
    private readonly drills: DrillBook,
    private readonly leaves: Leaves,
    private readonly outbox: Outbox,
    private readonly command: SignedCommand,
    private readonly followers: Followers,
    private readonly permits: PermitDesk,
    private readonly release: ReleaseMessage,
    private readonly saidBefore: SaidBefore,
    private readonly media: Media,
    private readonly liveFaults: LiveFaults,
  ) {}

  async run(principal: Principal, call: IdempotentCall, envelope: Envelope, given: readonly Envelope[], hold: boolean): Promise<{ readonly id: string }> {
    const now = Math.trunc(this.clock.now());
    const judged = await this.judge(principal, envelope, given, hold, now);
    return this.command.run(principal, call, [envelope, ...given], async (tx) => {
      // Only now: a repetition of what was accepted gets its answer, even when it would be refused today.
      if (judged instanceof ClarionError) throw judged;
      const { message, digest } = judged.verified;
      if (message.drill !== null && !await this.drills.hold(scopeOf(principal), tx, message.drill.plan)) {
        throw invalidFields([{ path: 'drill', code: 'DRILL_CANCELLED', sentence: 'This drill was cancelled.' }]);
      }
      const inserted = await this.store.insert(scopeOf(principal), tx, {
        id: message.id, digest, platform: message.platform, author: message.author, class: message.class, mode: message.mode, envelope,
        submittedAt: now, notBefore: message.notBefore, notAfter: message.notAfter, hold,
        sessionKey: 'live' in message.body ? message.body.live.sessionKey.keyId : null,
      });
      if (!inserted) throw userError('MESSAGE_EXISTS', 'A message with this id or these bytes was handed in before.', { status: 409 });
      if (!await this.store.insertCorrections(scopeOf(principal), tx, message.id, judged.corrections)) {
        const sentence = 'Another message is taken back by one of these corrections; draft this one again.';
        throw userError('MESSAGE_EXISTS', sentence, { status: 409, fields: [{ path: 'corrections', code: 'MESSAGE_EXISTS', sentence }] });
      }
      await this.media.refer(scopeOf(principal), tx, message.platform, message.id, [...filesOf(message.body).map(({ sha256 }) => sha256), ...judged.corrections.flatMap(({ sounds }) => sounds)]);
      await this.leaves.insert(tx, {
        platform: message.platform, kind: 'message.submitted', subject: message.id,
        facts: { digest, author: message.author, unit: message.unit, class: message.class, severity: message.severity, mode: message.mode, hold, corrections: message.corrections.map((one) => one.digest), ...('live' in message.body ? { sessionKey: message.body.live.sessionKey.keyId } : {}) },
      });
      const submitted: MessageSubmitted = { id: message.id };
      await this.outbox.put(tx, MESSAGE_SUBMITTED, { ...submitted });
      if (isUnderPermit(message)) await this.speakAlone(tx, principal, message, digest, now);
      return { id: message.id };
    });
  }

  /** Nobody else is asked: on the air in this very transaction, or when its window opens. */
  private async speakAlone(tx: Tx, principal: Principal, message: Message & { readonly permit: Digest }, digest: Digest, now: number): Promise<void> {
    const scope = scopeOf(principal);
    await this.permits.use(tx, scope, message, digest, now);
    await this.store.move(scope, tx, message.id, ['submitted'], 'approved', now);
    await this.release.run(tx, scope, message.id, now);
  }

  private async judge(principal: Principal, envelope: Envelope, given: readonly Envelope[], hold: boolean, now: number): Promise<Judged | ClarionError> {
    const verified = verifyMessage(this.trust.state(), envelope, now);
    if (!verified.ok) {
      const refusal = await this.contentRefusal(principal, envelope, verified, now);
      // A refusal with a code of the trust rules is written down when it is given.
      if (refusal.code !== verified.code) await this.command.refused(principal, verified.code, envelope);
      return refusal;
    }
    const { message } = verified.value;
    if (message.platform !== principal.platform) return foreignPlatform(message.platform);
    if (message.author !== principal.person) return authorForeign();
    const taken = await this.corrections.run(scopeOf(principal), verified.value, given, now);
    const held = hold && isUnderPermit(message) ? [HELD_UNDER_PERMIT] : [];
    const faults = [...await this.faults(principal, message, verified.value, now), ...taken.faults, ...await this.permits.faults(scopeOf(principal), message, now), ...await this.saidBefore.faults(scopeOf(principal), message), ...held];
    return faults.length > 0 ? invalidFields(faults) : { verified: verified.value, corrections: taken.corrections };
  }

  /** A genuine author whose content is refused hears of every field at once, as with a draft; everybody else hears the one code. */
  private async contentRefusal(principal: Principal, envelope: Envelope, refused: Refused, now: number): Promise<ClarionError> {
    const message = contentRefused(refused) ? messageSchema.safeParse(unverifiedPayload(envelope)).data : undefined;
    if (message === undefined) return refusalError(refused);
    if (message.platform !== principal.platform) return foreignPlatform(message.platform);
    if (message.author !== principal.person) return authorForeign();
    const faults = await this.faults(principal, message, platformDocuments(this.trust.state(), message.platform), now);
    if (faults.length === 0) return refusalError(refused);
    // What only the trust rules know stays beside what the draft's rules found.
    const path = refused.at ?? '';
    const known = faults.some((fault) => fault.path === path || fault.path.startsWith(`${path}.`));
    return invalidFields(known ? faults : [...faults, { path, code: refused.code, sentence: refusalError(refused).message }]);
  }

  private async faults(principal: Principal, message: Message, { charter, roster }: PlatformDocuments, now: number): Promise<readonly FieldError[]> {
    const found = await this.lookup.ask(scopeOf(principal), {
      now, platform: message.platform, author: message.author, charter, roster,
      areas: message.targets.areas, terminals: message.targets.terminals,
      media: filesOf(message.body).map(({ sha256 }) => sha256), replaces: message.replaces,
    });
    const [content, path] = contentOfMessage(message);
    const faults = [...contentFaults(content, found.facts, path), ...await this.liveFaults.ofMessage(message)];
    message.targets.areas.forEach((area, at) => {
      // A code would reach terminals only by chance: they know areas by their ids.
      if (!found.targets.areas.includes(area) && found.facts.areas.get(area) !== 'foreign') faults.push({ path: `targets.areas.${at}`, code: 'AREA_UNKNOWN', sentence: `There is no area "${area}".` });
    });
    const titles = message.texts.map(({ title }, at) => ({ path: `texts.${at}.title`, text: title }));
    const texts = message.texts.map(({ text }, at) => ({ path: `texts.${at}.text`, text }));
    faults.push(...mediaFaults(message, found.media), ...saysDrillFaults(message, [...titles, ...texts]), ...drillWordFaults(message.mode, titles, texts), ...await this.drillFaults(principal, message));
    if (Math.abs(message.issuedAt - now) > ISSUED_TOLERANCE_MS) {
      faults.push({ path: 'issuedAt', code: 'ISSUED_ELSEWHEN', sentence: 'The message was composed more than ten minutes ago or in the future; compose it again.' });
    }
    const targeted = found.targeted.terminals.map(({ id }) => id);
    const silenced = await this.followers.silenced({ digest: null, platform: message.platform, issuedAt: message.issuedAt }, targeted, now);
    if (targeted.length > 0 && silenced.length === targeted.length) {
      faults.push({ path: 'issuedAt', code: 'STOPPED_SINCE', sentence: 'Everything there was stopped after this was composed, and no loudspeaker would play it; compose it again.' });
    }
    return unique(faults);
  }

  /** A drill keeps to its plan, also when somebody signs other bytes than the draft's. */
  private async drillFaults(principal: Principal, { platform, drill, targets, notBefore, notAfter }: Message): Promise<readonly FieldError[]> {
    if (drill === null) return [];
    const { kind, faults } = await this.drills.judge(scopeOf(principal), { platform, plan: drill.plan, areas: targets.areas, terminals: targets.terminals, notBefore, notAfter });
    return kind === null || kind === drill.kind ? faults : [...faults, { path: 'drill.kind', code: 'DRILL_KIND', sentence: `The plan is a drill of the kind "${kind}".` }];
  }
}

const HELD_UNDER_PERMIT: FieldError = { path: 'hold', code: 'PERMIT_HOLD', sentence: 'What is said under a permit goes out at once or when its window opens; it cannot be held.' };

interface Judged {
  readonly verified: VerifiedMessage;
  readonly corrections: readonly SignedCorrection[];
}

/** Refusals that verifyMessage gives only after key, signature and author held. */
const CONTENT_CODES: ReadonlySet<string> = new Set(['REJ_UNIT', 'REJ_CEILING', 'REJ_WINDOW', 'REJ_NOT_YET', 'REJ_AREA']);

function contentRefused({ code, at }: Refused): boolean {
  return CONTENT_CODES.has(code) || (code === 'REJ_SCHEMA' && at === 'targets');
}

function authorForeign(): ClarionError {
  return userError('AUTHOR_FOREIGN', 'Only its author hands a message in.', { status: 403 });
}

function unique(faults: readonly FieldError[]): readonly FieldError[] {
  return [...new Map(faults.map((fault) => [`${fault.path} ${fault.code}`, fault])).values()];
}
