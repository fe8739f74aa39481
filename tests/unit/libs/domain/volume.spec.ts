import { classSchema, modeSchema, volumeBandSchema, type VolumeHours } from '#libs/contracts';
import { ignoresLocalKnob, playbackGainDb, VOLUME_DB, type VolumeFacts } from '#libs/domain';

const at = Date.UTC(2026, 10, 21, 22 - 8);
const OPEN: VolumeFacts = { class: 'notice', mode: 'actual', band: 'normal', volumeHours: [], maxVolume: 'full', knobPermille: 1_000, muted: false, at };
const gain = (set: Partial<VolumeFacts>) => playbackGainDb({ ...OPEN, ...set });
const EVENING: VolumeHours = { fromMinute: 1_260, toMinute: 390, classes: ['emergency', 'advisory', 'notice', 'daily'], volume: 'low' };

describe('the playback gain', () => {
  it('is the approved band of an open unit by day', () => {
    for (const band of volumeBandSchema.options) expect(gain({ band })).toEqual({ db: VOLUME_DB[band], muted: false });
  });

  it('is never louder than the terminal may ever be, emergency included', () => {
    expect(gain({ class: 'emergency', band: 'full', maxVolume: 'low' })).toEqual({ db: -18, muted: false });
    expect(gain({ class: 'daily', band: 'low', maxVolume: 'high' }).db).toBe(-18);
  });

  it('is bounded by the hour for the classes that are named, but not for emergency', () => {
    const hours = { volumeHours: [EVENING] };
    expect(gain({ ...hours }).db).toBe(-18);
    expect(gain({ ...hours, at: at - 2 * 3_600_000 }).db).toBe(-10);
    expect(gain({ ...hours, class: 'governance' }).db).toBe(-10);
    expect(gain({ ...hours, class: 'advisory', band: 'high' }).db).toBe(-18);
    expect(gain({ ...hours, class: 'emergency', band: 'full' }).db).toBe(0);
    expect(gain({ volumeHours: [{ ...EVENING, volume: 'normal' }, EVENING, { ...EVENING, volume: 'high' }] }).db).toBe(-18);
    expect(gain({ volumeHours: [{ ...EVENING, volume: 'full' }] }).db).toBe(-10);
  });

  it('follows the knob down, never up, and closes with it', () => {
    expect(gain({ band: 'full', knobPermille: 500 }).db).toBeCloseTo(-6.02, 2);
    expect(gain({ band: 'full', knobPermille: 100 }).db).toBeCloseTo(-20, 10);
    expect(gain({ band: 'normal', knobPermille: 900 }).db).toBe(-10);
    expect(gain({ knobPermille: 1 })).toEqual({ db: -60, muted: false });
    expect(gain({ knobPermille: 0 })).toEqual({ db: -60, muted: true });
    expect(gain({ band: 'full', knobPermille: 2_000 }).db).toBe(0);
  });

  it('obeys the mute switch and the knob in everything but an actual emergency', () => {
    for (const kind of classSchema.options) {
      for (const mode of modeSchema.options) {
        const isEmergency = kind === 'emergency' && mode === 'actual';
        expect(ignoresLocalKnob({ class: kind, mode })).toBe(isEmergency);
        expect(gain({ class: kind, mode, muted: true }).muted).toBe(!isEmergency);
        expect(gain({ class: kind, mode, band: 'full', knobPermille: 10 }).db).toBe(isEmergency ? 0 : -40);
      }
    }
  });

  it('is a number between -60 and 0 dB, whatever the facts', () => {
    for (const band of volumeBandSchema.options) {
      for (const maxVolume of volumeBandSchema.options) {
        for (const knobPermille of [-5, 0, 1, 333, 1_000]) {
          const { db } = gain({ band, maxVolume, knobPermille, volumeHours: [EVENING] });
          expect(db).toBeLessThanOrEqual(Math.min(VOLUME_DB[band], VOLUME_DB[maxVolume]));
          expect(db).toBeGreaterThanOrEqual(-60);
        }
      }
    }
  });
});
