import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draftSchema, messageSchema } from '#libs/contracts';
import { CLASSES } from '#libs/domain';
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
      const message = messageSchema.parse({
        ...messageVectors.good[0], sourceUnit: null, sourceRef: null, ...rest, platform: 'jingkai', author: 'district-yjj-author',
        texts: [{ language, title, text }], body: { segments: (segments ?? []).map((segment) => ({ ...segment, bytes: 1, durationMs: 1_000 })) }, notBefore: NOW, notAfter: NOW + 1,
      });
      const payload = encodePayload(message);
      const consequence = { terminals: 1, online: 1, villages: 1, households: 1, steps: [], verification: 'none', mayApprove: [], durationMs: 1, notBefore: NOW, notAfter: NOW + 1, meets: [], quiet: 0 };
      return { json: { message, payload: toBase64(payload), messageDigest: sha256Hex(payload), consequence, corrections: [], voice: null } };
    });
    const { code, err } = await clarion(['compose', join(examples, name)], { CLARION_URL: platform.url, CLARION_SESSION: join(folder, 'session.json') });
    expect([code, err]).toEqual([0, '']);
    const [wanted] = platform.posted('/api/messages/draft').slice(-1).map((draft) => draftSchema.parse(draft));
    for (const small of [true, false]) {
      const areas = demoDistrict(small).places.map((place) => String(place.area));
      for (const area of wanted?.targets.areas ?? ['none']) expect(areas).toContain(area);
    }
    const opensWith = wanted === undefined ? null : CLASSES[wanted.class].opensWith;
    if (opensWith !== null) expect(wanted?.segments?.[0]?.role).toBe(opensWith);
  });
});
