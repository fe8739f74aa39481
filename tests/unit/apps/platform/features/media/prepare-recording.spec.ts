import { encodeOggOpus, joinPcm, pcmOf, readAudioFile, silence, writeWav } from '#libs/audio';
import { createEspeakEngine } from '#libs/speech';
import { prepareRecording, prepareSpeech } from '../../../../../../apps/platform/src/features/media/prepare-recording';
import { cycle, steady, synthetic } from '../../../../libs/audio/reserved-sounds';

const engine = createEspeakEngine({ timeoutMs: 30_000 });

async function spoken(text: string, pinyin: string): Promise<Uint8Array> {
  const sound = await engine.speak([{ text, pinyin }], { language: 'zh-CN', speed: 'normal' });
  if (!sound.ok) throw new Error(sound.sentence);
  return sound.wav;
}

describe('a recording that was brought', () => {
  const alarm = pcmOf(synthetic(30, steady(450), cycle(6, 6)));

  it.each([
    ['WAV', () => writeWav(alarm)],
    ['Ogg Opus', () => encodeOggOpus(alarm, { bitrate: 24_000 }).bytes],
  ])('is refused with its places where it holds an air-raid alarm, as %s', async (_, make) => {
    const answer = await prepareRecording(make());
    expect(answer).toMatchObject({ ok: false, code: 'AUDIO_RESERVED' });
    expect('sentence' in answer && answer.sentence).toMatch(/air-raid signal \(0:00 to 0:0[56]\), .*\(0:12 to 0:1[78]\), .*\(0:24 to 0:/);
  });

  it('is taken where somebody speaks, and refused where an alarm follows the words', async () => {
    const wav = await spoken('请立即转移，勿返回。', 'qing3 li4 ji2 zhuan3 yi2, wu4 fan3 hui2.');
    expect(await prepareRecording(wav)).toMatchObject({ ok: true });
    const read = readAudioFile(wav);
    if (!read.ok) throw new Error(read.code);
    expect(await prepareRecording(writeWav(joinPcm([read.pcm, silence(500), pcmOf(synthetic(36, steady(450)))])))).toMatchObject({ ok: false, code: 'AUDIO_RESERVED' });
  });
});

describe('how loud a spoken text becomes', () => {
  it.each([
    ['好。', 'hao3.'],
    ['水。', 'shui3.'],
    ['停电。', 'ting2 dian4.'],
    ['一一九。', 'yao1 yao1 jiu3.'],
    ['请各位村民注意安全。', 'qing3 ge4 wei4 cun1 min2 zhu4 yi4 an1 quan2.'],
  ])('is -16 LUFS within one, true peak at most -2 dBTP, also for few characters: %s', async (text, pinyin) => {
    const prepared = prepareSpeech(await spoken(text, pinyin));
    if (!prepared.ok) throw new Error(prepared.code);
    expect(prepared.truePeakCentiDbtp).toBeLessThanOrEqual(-200);
    expect(Math.abs(prepared.integratedCentiLufs + 1_600)).toBeLessThanOrEqual(100);
  });
});
