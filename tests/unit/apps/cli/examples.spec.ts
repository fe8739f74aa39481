import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draftSchema, messageSchema, type Message } from '#libs/contracts';
import { CLASSES, CORRECTION_KINDS, correctionTitle, correctionUntil, needsCorrections, openingSounds, standingTexts } from '#libs/domain';
import { encodePayload, toBase64 } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { demoDistrict } from '../../../../apps/cli/src';
import { stockSounds } from '../../../../apps/platform/src/features/media/stock-sounds';
import messageVectors from '../../../vectors/contracts/message.json';
import { clarion, FakePlatform, sessionOf } from './fake-platform';
import { NOW } from './temp-demo';

const examples = join(__dirname, '..', '..', '..', '..', 'examples', 'compose');
const folder = mkdtempSync(join(tmpdir(), 'clarion-examples-'));
let platform: FakePlatform;

/** The sounds that a platform has: only their names and roles matter here. */
const sounds = stockSounds({ speak: () => Promise.reject(new Error('nobody speaks here')) } as unknown as Parameters<typeof stockSounds>[0]).map(({ id, role, name }) => ({
  id, role, name, sha256: sha256Hex(new TextEncoder().encode(id)), bytes: 1, durationMs: 1_000, integratedCentiLufs: 0, truePeakCentiDbtp: 0,
}));

beforeAll(async () => {
  platform = await FakePlatform.start();
  writeFileSync(join(folder, 'session.json'), JSON.stringify(sessionOf('district-yjj-author', 'jingkai')));
  platform.on('GET /api/sounds', sounds);
});
afterAll(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(readdirSync(examples).filter((name) => name.endsWith('.json')))('the example %s', (name) => {
  it('is a compose file for the whole demo and for the small one: its sounds and areas exist, it opens as its class must', async () => {
    platform.on('POST /api/messages/draft', ({ body }: { readonly body: Buffer }) => {
      const wanted = draftSchema.parse(JSON.parse(body.toString('utf8')));
      const { title, text, language, segments, ...rest } = wanted;
      const { speech, corrections: _texts, drill: _drill, ...fields } = rest;
      const part = (id: string): object => ({ sha256: sha256Hex(new TextEncoder().encode(id)), role: sounds.find((sound) => sound.id === id)?.role ?? 'speech', bytes: 1, durationMs: 1_000 });
      const brought = (segments ?? []).map((segment) => ({ ...segment, bytes: 1, durationMs: 1_000 }));
      const plain = messageSchema.parse({
        ...messageVectors.good[0], sourceUnit: null, sourceRef: null, ...fields, drill: null, corrects: null, corrections: [], platform: 'jingkai', author: 'district-yjj-author',
        texts: [{ language, title, text }], body: { segments: speech === undefined ? brought : [...openingSounds({ class: rest.class, corrects: null }), 'spoken'].map(part) }, notBefore: NOW, notAfter: NOW + 1,
      });
      const corrections = (needsCorrections(plain) ? CORRECTION_KINDS : []).map((kind, at) => messageSchema.parse({
        ...plain, id: `0197a3b0-0003-7000-8000-00000000000${at}`, corrects: kind, readings: [], repeats: 2, gapMs: 1_000, whenPreempted: 'resume', replaces: null, notAfter: correctionUntil(plain),
        texts: [{ language: 'zh-CN', title: correctionTitle(kind, title), text: standingTexts(kind, title, 'actual')[0] }], body: { segments: [kind === 'correction' ? 'chime-correction' : 'chime-all-clear', 'spoken'].map(part) },
      }));
      const toSign = (message: Message): { message: Message; payload: string; messageDigest: string } => ({ message, payload: toBase64(encodePayload(message)), messageDigest: sha256Hex(encodePayload(message)) });
      const message = messageSchema.parse({ ...plain, corrections: corrections.map((one) => ({ kind: one.corrects, digest: toSign(one).messageDigest })) });
      const consequence = { terminals: 1, online: 1, villages: 1, households: 1, steps: [], verification: 'none', mayApprove: [], durationMs: 1, notBefore: NOW, notAfter: NOW + 1, meets: [], quiet: 0 };
      return { json: { ...toSign(message), consequence, corrections: corrections.map(toSign), voice: null } };
    });
    const { code, err } = await clarion(['compose', join(examples, name)], { CLARION_URL: platform.url, CLARION_SESSION: join(folder, 'session.json') });
    expect([code, err]).toEqual([0, '']);
    const [wanted] = platform.posted('/api/messages/draft').slice(-1).map((draft) => draftSchema.parse(draft));
    for (const small of [true, false]) {
      const areas = demoDistrict(small).places.map((place) => String(place.area));
      for (const area of wanted?.targets.areas ?? ['none']) expect(areas).toContain(area);
    }
    const opensWith = wanted === undefined ? null : CLASSES[wanted.class].opensWith;
    if (opensWith !== null && wanted?.speech === undefined) expect(wanted?.segments?.[0]?.role).toBe(opensWith);
  });
});
