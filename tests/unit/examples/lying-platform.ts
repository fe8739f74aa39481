import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestSchema, draftAnswerSchema, draftSchema, submitSchema, type Draft, type Message } from '#libs/contracts';
import { CORRECTION_KINDS, needsCorrections, openingSounds, standingTexts } from '#libs/domain';
import { encodePayload, toBase64 } from '#libs/envelope';
import { correctionOf, messageOf } from '../../../apps/platform/src/features/messages/draft-message';

/** A message and what takes it back, as they are put together honestly; a lie writes anything else into them. */
export interface Told {
  message: Record<string, unknown>;
  corrections: Record<string, unknown>[];
}
/** `shown` is what stands beside the bytes; without it a lie stands in both. */
export type Lie = (told: Told, shown: Told) => void;

const SESSION = { token: 'token', expiresAt: 4_000_000_000_000, account: 'gauge', person: 'gauge', platform: 'district', tier: 'district', roles: ['author'], title: '雨量站', demo: true };
const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
const sound = (name: string) => ({ sha256: digestSchema.parse(sha256(name)), role: name.startsWith('siren') ? 'siren' as const : name.startsWith('chime') ? 'chime' as const : 'speech' as const });

/** A platform that composes with the real code, lies as it is told, spaces its answers as it likes, and keeps what was submitted. */
export class LyingPlatform {
  lie: Lie = () => undefined;
  /** The payload itself, after all else. */
  bytes: (payload: string) => string = (payload) => payload;
  spaced = false;
  readonly submitted: unknown[] = [];
  asked: Draft | undefined;
  private readonly server: Server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const answer = JSON.stringify(this.answer(request.url ?? '', body), null, this.spaced ? 2 : 0);
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    }, (fault: unknown) => { response.writeHead(422).end(String(fault)); });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  private answer(route: string, body: unknown): unknown {
    if (route === '/api/session') return SESSION;
    if (route === '/api/messages/draft') return this.draft(draftSchema.parse(body));
    this.submitted.push(submitSchema.parse(body));
    return { id: '01890000-0000-7000-8000-000000000001', state: 'submitted' };
  }

  private draft(asked: Draft): unknown {
    this.asked = asked;
    const told = honest(asked);
    const shown = structuredClone(told);
    this.lie(told, shown);
    const parts = told.corrections.map((one) => this.bytes(JSON.stringify(one)));
    // The list of corrections is the platform's own work: it fits whatever they say, unless a lie touched it.
    if (told.message.corrections === undefined) told.message.corrections = told.corrections.map((one, at) => ({ kind: one.corrects, digest: sha256(parts[at] ?? '') }));
    if (shown.message.corrections === undefined) shown.message.corrections = told.message.corrections;
    const part = (payload: string, message: unknown) => ({ message, payload: Buffer.from(payload).toString('base64'), messageDigest: sha256(payload) });
    return {
      ...part(this.bytes(JSON.stringify(told.message)), shown.message), corrections: parts.map((payload, at) => part(payload, shown.corrections[at] ?? told.corrections[at])),
      consequence: { terminals: 3, online: 2 }, voice: 'test',
    };
  }
}

/** What the real platform puts together; its list of corrections comes later. */
function honest(asked: Draft): Told {
  const principal = { platform: 'district', person: 'gauge' } as never;
  const now = 1_800_000_000_000;
  const media = new Map(['siren-rise-fall', 'chime-opening', 'chime-correction', 'chime-all-clear', 'phrase-emergency-preamble', 'spoken'].map((name) => [sound(name).sha256, { bytes: 9, durationMs: 9 }])) as never;
  const spoken = (corrects: Message['corrects']) => ({ readings: [], segments: [...openingSounds({ class: asked.class, corrects }), 'spoken'].map(sound), voice: 'test' }) as never;
  const targets = { areas: asked.targets.areas, terminals: [] } as never;
  const content = { unit: 'water', segments: (spoken(null) as { segments: unknown }).segments, notBefore: now, notAfter: now + 3_600_000, repeats: asked.repeats, gapMs: asked.gapMs } as never;
  const message = messageOf(asked, content, { media, targets } as never, { id: randomUUID().replace(/^(.{14})4/, '$17'), now, principal, drillKind: null, spoken: spoken(null) });
  const kinds = needsCorrections(asked) ? CORRECTION_KINDS : [];
  const corrections = kinds.map((kind) => correctionOf(message, kind, standingTexts(kind, asked.title, asked.mode)[0], spoken(kind), media, randomUUID().replace(/^(.{14})4/, '$17')));
  const part = (one: Message) => ({ message: one, payload: toBase64(encodePayload(one)), messageDigest: sha256(encodePayload(one)) });
  draftAnswerSchema.pick({ message: true, corrections: true }).parse({ message, corrections: corrections.map(part) });
  return structuredClone({ message: { ...message, corrections: undefined }, corrections }) as unknown as Told;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
