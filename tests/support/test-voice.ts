import type { INestApplication } from '@nestjs/common';
import { generateChime, generateSiren, type Pcm } from '#libs/audio';
import { digestSchema, type MediaView } from '#libs/contracts';
import { MediaFiles, SpeechMaker, type SpokenFor } from '../../apps/platform/src/features/media';
import { MEDIA_STORE, type MediaStore } from '../../apps/platform/src/features/media/media.store';
import { preparePcm } from '../../apps/platform/src/features/media/prepare-recording';
import { StockKeeper } from '../../apps/platform/src/features/media/stock-keeper';
import { invalidFields, operationalError } from '../../apps/platform/src/kernel/errors';
import { TRANSACTIONS } from '../../apps/platform/src/kernel/tokens';
import type { Transactions } from '../../apps/platform/src/kernel/database';

/** A text with this sign in it cannot be read by the voice of the tests. */
export const UNREADABLE = '〓';

/**
 * A voice for tests: it reads numbers digit by digit, stumbles over `UNREADABLE`, and every text sounds like one
 * recording that `recordingOf` gives for the caller's platform. `silence()` takes it away as a missing engine would.
 */
export class TestVoice {
  readonly spoken: string[] = [];
  private broken = false;

  constructor(private readonly recordingOf: (platform: string) => Promise<MediaView>) {}

  install(app: INestApplication): void {
    Object.assign(app.get(SpeechMaker), {
      read: (_caller: SpokenFor, text: string) => Promise.resolve(this.read(text)),
      make: async (caller: SpokenFor, text: string) => {
        if (this.broken) throw operationalError('SPEECH_ENGINE_MISSING', 'Nothing here can speak.');
        const { faults, readings } = this.read(text);
        if (faults.length > 0) throw invalidFields(faults.map(({ at, code, sentence }) => ({ path: `text.${at}`, code, sentence })));
        this.spoken.push(text);
        return { media: await this.recordingOf(caller.platform), readings, engine: 'test', voice: 'one-tone' };
      },
    });
  }

  silence(silent = true): void {
    this.broken = silent;
  }

  private read(text: string) {
    const readings = [...new Set(text.match(/[0-9]+/g) ?? [])].map((written) => ({ written, read: [...written].map((digit) => '零一二三四五六七八九'[Number(digit)]).join('') }));
    const faults = [...text].flatMap((sign, at) => (sign === UNREADABLE ? [{ at, written: sign, code: 'READING_UNKNOWN', sentence: 'Nobody can read this.' }] : []));
    return { readings, places: [], faults, seconds: text.length / 4 };
  }
}

/** The sounds that every terminal has, short ones, as if the server had made them at its first start. */
export async function bringStock(app: INestApplication): Promise<void> {
  const sounds: readonly (readonly [string, 'siren' | 'chime' | 'speech', Pcm])[] = [
    ['siren-rise-fall', 'siren', generateSiren('rise-fall', 500)], ['chime-opening', 'chime', generateChime('opening')],
    ['chime-correction', 'chime', generateChime('correction')], ['chime-all-clear', 'chime', generateChime('all-clear')],
    ['phrase-emergency-preamble', 'speech', generateSiren('rise-fall', 300)], ['phrase-drill-opening', 'speech', generateSiren('rise-fall', 320)],
    ['phrase-drill-closing', 'speech', generateSiren('rise-fall', 340)],
  ];
  const store = app.get<MediaStore>(MEDIA_STORE);
  for (const [id, role, pcm] of sounds) {
    const made = preparePcm(pcm);
    await app.get(MediaFiles).put(made.bytes);
    await app.get<Transactions>(TRANSACTIONS).run((tx) => store.keepSound(tx, { ...made, id, role, name: id, sha256: digestSchema.parse(made.sha256), bytes: made.bytes.length }, 0));
  }
  await app.get(StockKeeper).onApplicationBootstrap();
}
