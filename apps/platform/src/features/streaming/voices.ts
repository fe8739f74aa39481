import { Injectable } from '@nestjs/common';
import type { StreamId } from '#libs/contracts';
import type { Voice } from './voice';

/** The voices that this server has in its hands. */
@Injectable()
export class Voices {
  private readonly running = new Map<StreamId, Voice>();

  get all(): readonly Voice[] {
    return [...this.running.values()];
  }

  of(stream: StreamId): Voice | undefined {
    return this.running.get(stream);
  }

  add(voice: Voice): void {
    this.running.set(voice.facts.stream, voice);
  }

  remove(voice: Voice): void {
    if (this.running.get(voice.facts.stream) === voice) this.running.delete(voice.facts.stream);
  }
}
