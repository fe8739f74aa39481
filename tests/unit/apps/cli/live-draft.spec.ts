import { draftSchema, type LiveBody, type Message } from '#libs/contracts';
import { STOCK } from '#libs/domain';
import { differences, type Asked } from '../../../../apps/cli/src/says-what-was-asked';
import { whatBytesSay } from '../../../../apps/cli/src/what-bytes-say';
import { sessionKey } from '../../../support/live-voice';
import { digestNamed } from '../../../support/trust-builder';

const key = sessionKey().record;
const chime = { sha256: digestNamed('chime'), bytes: 1_000, role: 'chime' as const, durationMs: 1_500 };
const wanted = draftSchema.parse({
  class: 'notice', severity: 'none', eventType: 'meeting', title: '讲话', text: '防汛。', targets: { areas: ['t1-area'] }, live: { sessionKey: key, delayMs: 1_000, maxDurationMs: 60_000 },
});
const asked: Asked = {
  wanted, areas: ['t1-area' as never], speaker: { person: 't1-author', platform: 't1' } as never, sounds: new Map([[STOCK.chime, { sha256: chime.sha256, role: 'chime' }]]),
};
const bytes = (live: Partial<LiveBody> = {}, set: Partial<Message> = {}) => ({ message: {
  platform: 't1', author: 't1-author', unit: 'office', class: 'notice', severity: 'none', mode: 'actual', drill: null, corrects: null, eventType: 'meeting', texts: [{ language: 'zh-CN', title: '讲话', text: '防汛。' }], readings: [],
  body: { live: { sessionKey: key, delayMs: 1_000, blockMs: 200, maxDurationMs: 60_000, chime, ...live } }, targets: { areas: ['t1-area'], terminals: [] }, notBefore: 0, notAfter: 1, repeats: 1, gapMs: 0, volume: 'normal',
  whenPreempted: 'drop', sourceUnit: null, sourceRef: null, replaces: null, corrections: [], ...set,
} as unknown as Message, digest: digestNamed('message') });

describe('a living voice to be signed', () => {
  it('is what was asked for, and nothing else', () => {
    expect(differences(asked, bytes(), [])).toEqual([]);
    expect(differences(asked, bytes({ sessionKey: sessionKey().record }), [])).toEqual(['live']);
    expect(differences(asked, bytes({ held: 'platform' }), [])).toEqual(['live']);
    expect(differences(asked, bytes({ maxDurationMs: 600_000 }), [])).toEqual(['live']);
    expect(differences(asked, bytes({ chime: null }), [])).toEqual(['segments']);
    expect(differences(asked, bytes({}, { repeats: 2 }), [])).toEqual(['repeats']);
    expect(differences(asked, bytes({}, { body: { segments: [chime] } }), [])).toEqual(['live']);
  });

  it('is of a source that the server holds where that was asked for', () => {
    const held: Asked = { ...asked, wanted: { ...wanted, live: { source: 'radio', delayMs: 1_000, maxDurationMs: 60_000, opening: true } } };
    expect(differences(held, bytes({ held: 'platform' }), [])).toEqual([]);
    expect(differences(held, bytes(), [])).toEqual(['live']);
    expect(whatBytesSay(bytes({ held: 'platform' }) as never).join()).toContain('whoever breaks into the server can say what he likes here, in this slot, at this volume');
  });

  it('is told as one to whoever signs it', () => {
    expect(whatBytesSay(bytes() as never).filter((line) => line.includes('voice'))).toEqual([
      `then a living voice: plays what its author speaks under the key ${key.keyId}, at most 60 s, heard 1 s after it is said; nobody can hear it beforehand / 现场喊话，事先无法试听`,
    ]);
  });
});
