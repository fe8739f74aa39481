import { createMicrophoneWatch, type MicrophoneWatch, type TrackLook } from '../../../../../../apps/console/src/sign/live/microphone-watch';

const SOUND = new Float32Array(960).fill(0.001);
const ZEROS = new Float32Array(960);
const LIVE: TrackLook = { ended: false, muted: false };
const MUTED: TrackLook = { ended: false, muted: true };
const ENDED: TrackLook = { ended: true, muted: false };

describe('the watch over the microphone', () => {
  let now: number;
  let watch: MicrophoneWatch;
  beforeEach(() => {
    now = 5_000;
    watch = createMicrophoneWatch(now);
  });
  /** So many frames of 20 ms; how many of them are the voice's. */
  function hear(frames: number, samples: Float32Array, track: TrackLook): number {
    let taken = 0;
    for (let frame = 0; frame < frames; frame += 1) {
      now += 20;
      if (watch.takes(samples, track, now)) taken += 1;
      watch.look(track, now);
    }
    return taken;
  }

  it('takes sound, also soft sound, and a moment of zeros in it', () => {
    expect(hear(50, SOUND, LIVE)).toBe(50);
    expect(hear(49, ZEROS, LIVE)).toBe(49);
    expect(hear(50, SOUND, LIVE)).toBe(50);
    expect(watch.isLost()).toBe(false);
  });

  it('counts a track that has ended as lost at once, though zeros go on coming, and asks for another at every look', () => {
    hear(50, SOUND, LIVE);
    expect(hear(1, ZEROS, ENDED)).toBe(0);
    expect([watch.isLost(), watch.asks(ENDED, now)]).toEqual([true, true]);
    now += 500;
    expect(watch.asks(ENDED, now)).toBe(true);
    hear(200, ZEROS, ENDED);
    expect(watch.isLost()).toBe(true);
  });

  it('counts a microphone that is muted for half a second as lost, and no shorter', () => {
    hear(50, SOUND, LIVE);
    expect(hear(24, ZEROS, MUTED)).toBe(0);
    expect(watch.isLost()).toBe(false);
    hear(1, ZEROS, MUTED);
    expect(watch.isLost()).toBe(true);
  });

  it('counts more than a second of exact zeros as lost, and takes no zero until a sound has come', () => {
    hear(50, SOUND, LIVE);
    hear(51, ZEROS, LIVE);
    expect(watch.isLost()).toBe(false);
    expect(hear(100, ZEROS, LIVE)).toBe(0);
    expect(watch.isLost()).toBe(true);
    expect(hear(1, SOUND, LIVE)).toBe(1);
    expect(watch.isLost()).toBe(false);
  });

  it('is not back with the zeros that a fresh microphone begins with', () => {
    hear(1, ZEROS, ENDED);
    expect(hear(20, ZEROS, LIVE)).toBe(0);
    expect(watch.isLost()).toBe(true);
    expect(hear(1, SOUND, LIVE)).toBe(1);
  });

  it('counts as lost when nothing comes at all', () => {
    hear(50, SOUND, LIVE);
    now += 500;
    watch.look(LIVE, now);
    expect(watch.isLost()).toBe(true);
  });

  it('gives a fresh microphone two seconds before it asks for another, and asks for none while it hears', () => {
    hear(50, SOUND, LIVE);
    expect(watch.asks(LIVE, now)).toBe(false);
    hear(60, ZEROS, LIVE);
    expect(watch.asks(LIVE, now)).toBe(true);
    watch.asked(now);
    expect(watch.asks(LIVE, now + 1_999)).toBe(false);
    expect(watch.asks(LIVE, now + 2_000)).toBe(true);
  });
});
