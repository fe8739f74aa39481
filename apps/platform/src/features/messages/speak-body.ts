import { Injectable } from '@nestjs/common';
import type { CorrectionKind, MessageClass, Mode, SegmentRole, SpeechReading, SpeechSpeed } from '#libs/contracts';
import { CLASSES, framed, openingSounds, STOCK } from '#libs/domain';
import { operationalError, type FieldError } from '../../kernel/errors';
import type { Principal } from '../access';
import { Media, SpeechMaker } from '../media';

export interface BodySegment {
  readonly sha256: string;
  readonly role: SegmentRole;
}

/** What is to be spoken, and as what. */
export interface Spoken {
  readonly class: MessageClass;
  readonly mode: Mode;
  readonly corrects: CorrectionKind | null;
  readonly text: string;
  readonly speed: SpeechSpeed;
}

export interface SpokenBody {
  readonly segments: readonly BodySegment[];
  readonly readings: readonly SpeechReading[];
  /** Which voice spoke. */
  readonly voice: string;
}

/** Turns a text into what sounds: the opening of its class, the spoken text, and around a drill the words that say so. */
@Injectable()
export class SpeakBody {
  constructor(
    private readonly speech: SpeechMaker,
    private readonly media: Media,
  ) {}

  /** Every place of a text that no voice can read for certain, below `path`. Makes no sound. */
  async faults(principal: Principal, text: string, path: string): Promise<readonly FieldError[]> {
    const { faults } = await this.speech.read(principal, text);
    return faults.map(({ at, code, sentence }) => ({ path: `${path}.${at}`, code, sentence }));
  }

  /** Refuses with SOUND_MISSING and with the SPEECH_* codes of the engine: what cannot be spoken is not composed. */
  async make(principal: Principal, spoken: Spoken): Promise<SpokenBody> {
    const { media, readings, engine, voice } = await this.speech.make(principal, spoken.text, spoken.speed);
    const opening = openingSounds(spoken).map((id) => this.sound(id));
    return { segments: this.framed(spoken.mode, [...opening, { sha256: media.sha256, role: 'speech' }]), readings, voice: `${engine} ${voice}` };
  }

  /** The opening before a living voice: siren or chime. */
  opening(kind: MessageClass): BodySegment {
    return this.sound(CLASSES[kind].opensWith === 'siren' ? STOCK.siren : STOCK.chime);
  }

  /** With the words around it that say a drill is one. */
  framed(mode: Mode, segments: readonly BodySegment[]): readonly BodySegment[] {
    return framed(mode, segments, (id) => this.sound(id));
  }

  private sound(id: string): BodySegment {
    const sound = this.media.sound(id);
    if (sound === undefined) throw operationalError('SOUND_MISSING', `The sound ${id} has not been made on this server yet.`);
    return { sha256: sound.sha256, role: sound.role };
  }
}
