import type { Digest } from '#libs/contracts';
import type { Sound } from '../hardware/sound-card';

/** Verified sounds in memory, the least used thrown out first; a simulator's terminals share one. */
export class RecentSounds {
  private readonly sounds = new Map<Digest, Sound>();

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
}
