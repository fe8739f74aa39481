import { draftSchema, messageIdSchema, messageViewSchema, sessionKeySchema, type Digest, type Draft } from '#libs/contracts';
import { draft, fileSound, liveSocketTo, makeSessionKey, sayVoice, SourceLink, submitSigned, systemClock, type Said } from '../../../cli/src';
import type { Actor } from '../actor';
import { approved, type Published } from '../steps/publish';
import { until } from '../until';

const REACHED_MS = 10_000;
const PROBES = 4;
/** What the grant allows beyond the sound: its source may have to wait a moment. */
const SPARE_MS = 2_000;

/** What somebody speaks about and where; who lets it out: a permit, or people who sign and then its speaker. */
export interface Speech extends Pick<Draft, 'class' | 'severity' | 'eventType' | 'title' | 'text'> {
  readonly areas: readonly string[];
  readonly windowMs: number;
  readonly delayMs: number;
  /** Whether the class's chime opens it. */
  readonly opening: boolean;
  /** A recording stands for the mouth. */
  readonly file: string;
  readonly under: { readonly permit: Digest } | { readonly approvers: readonly Actor[] };
}

/** A living voice that was said to its end. */
export interface SaidLive {
  readonly published: Published;
  readonly said: Said;
  /** Every block that was sent, the end among them. */
  readonly blocks: readonly Uint8Array[];
  /** When the last of them was, Unix ms. */
  readonly endedAt: number;
  /** Genuine blocks that the platform refused. */
  readonly refused: number;
}

/** A person's voice as `./clarion source` says it: key of its own, way and time first, then the grant, then the sound. Throws where it is not said. */
export async function sayLive(speaker: Actor, speech: Speech): Promise<SaidLive> {
  const { context, signer } = speaker;
  const { areas, windowMs, delayMs, opening, file, under, ...about } = speech;
  const sound = await fileSound(file, {});
  const session = await makeSessionKey();
  const now = systemClock.now();
  const drafted = await draft(context, draftSchema.parse({
    ...about, targets: { areas: [...areas] }, notBefore: now, notAfter: now + windowMs, repeats: 1, gapMs: 0,
    live: { sessionKey: sessionKeySchema.parse(session.record), delayMs, maxDurationMs: (sound.durationMs ?? 0) + SPARE_MS, opening },
    ...('permit' in under ? { permit: under.permit } : {}),
  }));
  const { body } = drafted.read.message;
  if ('segments' in body) throw new Error('the grant holds no living voice');
  const link = new SourceLink(systemClock, liveSocketTo(context.config.apiUrl));
  try {
    if (await until(REACHED_MS, async () => (link.probesAnswered >= PROBES ? true : undefined), 50) === undefined) throw new Error('the source link does not answer');
    const view = await submitSigned(context, drafted, signer, 'approvers' in under);
    const published: Published = { id: view.id, digest: drafted.read.digest, author: speaker, view };
    if ('approvers' in under) {
      await approved(published, under.approvers);
      await context.api.post(`/api/messages/${view.id}/dispatch`, messageViewSchema, { terminals: [] });
    }
    link.speak(context.api.currentSession().token, messageIdSchema.parse(view.id));
    const ready = await until(REACHED_MS, async () => link.ready, 20);
    if (ready === undefined) throw new Error(`nobody gives the turn to speak: ${link.ended?.code ?? 'no answer'}`);
    const blocks: Uint8Array[] = [];
    let endedAt = 0;
    const said = await sayVoice({
      link: {
        get isReady() { return link.isReady; }, get ended() { return link.ended; }, get told() { return link.told; },
        now: () => link.now(), changed: () => link.changed(),
        send: (block) => {
          blocks.push(block.bytes);
          endedAt = systemClock.now();
          link.send(block);
        },
      },
      sound, live: body.live, ready, seal: session.seal, clock: systemClock, watchesSilence: false,
      isInterrupted: () => false, warn: () => undefined, press: () => Promise.resolve(false),
    });
    return { published, said, blocks, endedAt, refused: link.told.refused };
  } finally {
    link.close();
  }
}
