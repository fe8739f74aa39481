import type { Digest } from '#libs/contracts';
import type { Sound } from '../hardware/sound-card';

/**
 * Verified sounds in memory, the least used thrown out first; a simulator's terminals share one. Whoever asks for a
 * sound that is just being read waits for the same reading.
 */
export class RecentSounds {
  private readonly sounds = new Map<Digest, Sound>();
  private readonly reading = new Map<Digest, Promise<Sound | null>>();

  constructor(private readonly most: number) {}

  get(sha256: Digest): Sound | undefined {
    const sound = this.sounds.get(sha256);
    if (sound !== undefined) this.set(sound);
    return sound;
  }

  set(sound: Sound): void {
    this.sounds.delete(sound.sha256);
    this.sounds.set(sound.sha256, sound);
    for (const oldest of this.sounds.keys()) {
      if (this.sounds.size <= this.most) break;
      this.sounds.delete(oldest);
    }
  }

  /** The sound in memory, or what `read` brings; one reading at a time for each. */
  async load(sha256: Digest, read: () => Promise<Sound | null>): Promise<Sound | null> {
    const known = this.get(sha256) ?? this.reading.get(sha256);
    if (known !== undefined) return known;
    const reading = read();
    this.reading.set(sha256, reading);
    try {
      const sound = await reading;
      if (sound !== null) this.set(sound);
      return sound;
    } finally {
      this.reading.delete(sha256);
    }
  }
}
