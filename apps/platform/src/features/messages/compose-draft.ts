import { Inject, Injectable } from '@nestjs/common';
import { digestSchema, messageSchema, type Consequence, type Draft, type DraftAnswer, type Message } from '#libs/contracts';
import { CLASSES, messageDurationMs, ruleFor } from '#libs/domain';
import { encodePayload, toBase64 } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { policyFactsOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import { invalidFields, userError } from '../../kernel/errors';
import { CLOCK } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { Trust } from '../authority';
import { ContentLookup, type LookedUp } from './content-facts';
import { contentFaults, type Content } from './content-faults';
import { platformDocuments, type PlatformDocuments } from './platform-documents';
import { readDraft } from './read-draft';

/**
 * Turns what an author wants to say into the exact bytes to sign, and says what they would do. Nothing is kept.
 * Refuses with INVALID naming every bad field at once.
 */
@Injectable()
export class ComposeDraft {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly trust: Trust,
    private readonly lookup: ContentLookup,
  ) {}

  async run(principal: Principal, body: unknown): Promise<DraftAnswer> {
    const now = Math.trunc(this.clock.now());
    const { fields, faults } = readDraft(body);
    const documents = platformDocuments(this.trust.state(), principal.platform);
    const content = contentOf(fields, documents, principal, now);
    const found = await this.lookup.ask(scopeOf(principal), {
      now,
      platform: principal.platform,
      author: principal.person,
      charter: documents.charter,
      roster: documents.roster,
      areas: fields.targets?.areas ?? [],
      terminals: fields.targets?.terminals ?? [],
      media: (fields.segments ?? []).map(({ sha256 }) => sha256),
      replaces: fields.replaces ?? null,
    });
    const all = [...faults, ...contentFaults(content, found.facts, 'segments')];
    if (all.length > 0) throw invalidFields(all);
    const message = messageOf(fields, content, found, { id: this.clock.uuid(), principal, now });
    const payload = encodePayload(message);
    return {
      message,
      payload: toBase64(payload),
      messageDigest: digestSchema.parse(sha256Hex(payload)),
      consequence: consequenceOf(message, found, documents),
      corrections: [],
      voice: null,
    };
  }
}

function contentOf(fields: Partial<Draft>, { roster }: PlatformDocuments, principal: Principal, now: number): Content {
  const notBefore = fields.notBefore ?? now;
  const defaultWindowMs = fields.class === undefined ? undefined : CLASSES[fields.class].defaultWindowMs;
  return {
    class: fields.class,
    severity: fields.severity,
    mode: fields.mode,
    unit: fields.unit ?? roster.persons.find(({ id }) => id === principal.person)?.unit,
    notBefore,
    notAfter: fields.notAfter ?? (defaultWindowMs === undefined ? undefined : notBefore + defaultWindowMs),
    repeats: fields.repeats,
    gapMs: fields.gapMs,
    segments: fields.segments,
    targets: fields.targets,
    replaces: fields.replaces ?? null,
  };
}

/** Only for a content without faults. The contract has the last word on what was put together. */
function messageOf(fields: Partial<Draft>, content: Content, found: LookedUp, made: { readonly id: string; readonly principal: Principal; readonly now: number }): Message {
  const kind = fields.class;
  if (kind === undefined) throw userError('FORBIDDEN', 'The roster in force does not name you.');
  const parsed = messageSchema.safeParse({
    id: made.id,
    platform: made.principal.platform,
    unit: content.unit,
    author: made.principal.person,
    class: kind,
    severity: fields.severity,
    mode: fields.mode,
    drill: null,
    eventType: fields.eventType,
    texts: [{ language: fields.language, title: fields.title, text: fields.text }],
    readings: fields.readings,
    body: {
      segments: (fields.segments ?? []).map(({ sha256, role }) => {
        const media = found.media.get(sha256);
        return { sha256, bytes: media?.bytes, role, durationMs: media?.durationMs };
      }),
    },
    targets: found.targets,
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    repeats: fields.repeats,
    gapMs: fields.gapMs,
    volume: fields.volume ?? CLASSES[kind].volume,
    whenPreempted: fields.whenPreempted ?? (CLASSES[kind].rank >= CLASSES.notice.rank ? 'resume' : 'drop'),
    issuedAt: made.now,
    sourceUnit: fields.sourceUnit ?? null,
    sourceRef: fields.sourceRef ?? null,
    replaces: fields.replaces ?? null,
    corrects: null,
    corrections: [],
  });
  if (parsed.success) return parsed.data;
  throw invalidFields(parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), code: 'FIELD_INVALID', sentence: issue.message })));
}

/** Who would hear it, who must sign, and how long it sounds. */
export function consequenceOf(message: Message, { targeted }: LookedUp, { charter, roster }: PlatformDocuments): Consequence {
  const rule = ruleFor(roster.policy, policyFactsOf(message, charter.tier));
  const steps = rule?.steps ?? [];
  const mayApprove = roster.persons.filter((person) =>
    person.id !== message.author && person.keys.length > 0
    && steps.some((step) => person.roles.includes(step.role) && (step.unit === null || step.unit === person.unit)));
  return {
    terminals: targeted.terminals.length,
    online: targeted.online,
    villages: targeted.villages,
    households: targeted.households,
    steps: [...steps],
    verification: rule?.verification ?? 'none',
    mayApprove: mayApprove.map(({ id }) => id),
    durationMs: messageDurationMs(message),
    notBefore: message.notBefore,
    notAfter: message.notAfter,
    meets: [],
    quiet: 0,
  };
}
