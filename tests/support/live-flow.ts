import type { LiveBody, Message } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { sessionKey, type SessionKey } from './live-speaker';
import type { MessageFlow, Submitted } from './message-flow';
import type { Answer } from './platform-server';
import type { PlatformName } from './trust-builder';

/** Whose grant, what its living body says besides, and whether it is of a class that is opened with a chime (notice, else governance). */
export type GrantAsked = readonly [platform: PlatformName, set?: Partial<LiveBody>, isOpened?: boolean];
type HandedIn = Submitted & { readonly key: SessionKey };

/** A grant of living voice as its author signs it, handed in. */
export async function handInLive(flow: MessageFlow, ...[platform, set = {}, isOpened = false]: GrantAsked): Promise<HandedIn> {
  const key = sessionKey();
  const { body, status } = await flow.draft(platform, {
    class: isOpened ? 'notice' : 'governance', severity: 'none', eventType: 'village-affairs', title: '防汛喊话', text: '现场喊话。', repeats: 1, gapMs: 0,
    segments: [...(isOpened ? [{ sha256: flow.siren, role: 'chime' }] : []), { sha256: flow.speech, role: 'speech' }],
  });
  if (status !== 200) throw new Error(JSON.stringify(body));
  const drafted: Message = body.message;
  const chime = 'segments' in drafted.body && isOpened ? drafted.body.segments[0] ?? null : null;
  const message: Message = { ...drafted, body: { live: { sessionKey: key.record, delayMs: 800, blockMs: 100, maxDurationMs: 60_000, chime, ...set } } };
  const payload = encodePayload(message);
  const envelope = await signEnvelope('message', payload, [flow.server.world.key(platform, 'author').signer]);
  const answer = await (await flow.as(`${platform}-author`)).post('/api/messages', { message: envelope, corrections: [] });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return { id: message.id, envelope, message, digest: sha256Hex(payload), corrections: [], key };
}

/** And with the approval that lets it out; `answer` is that one's. */
export async function grantLive(flow: MessageFlow, ...asked: GrantAsked): Promise<HandedIn & { readonly answer: Answer }> {
  const made = await handInLive(flow, ...asked);
  return { ...made, answer: await flow.approve(asked[0], made, 'approver-a') };
}
