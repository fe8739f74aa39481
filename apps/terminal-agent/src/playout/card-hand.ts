import { PLAY_SLACK_MS, type Piece } from '#libs/domain';
import type { Timer } from '../clock';
import type { CardVoice } from '../hardware/card-voice';
import { FADE_MS, FRAMES_PER_MS, type CardEnd, type CardJob, type CardTicket } from '../hardware/sound-card';
import { CardTime } from './card-time';
import type { Heard, PlayerPorts } from './player-ports';

/** One piece on its way through disk and card. */
export interface Play {
  piece: Piece;
  ticket: CardTicket | undefined;
  /** The loudspeaker is its own, also before anything of a voice has sounded. */
  begun: boolean;
  /** District ms; null while no sample of it has sounded. */
  startedAt: number | null;
  watchdog: Timer | undefined;
}

export interface PlayEvents {
  /** The card is at it. */
  onBegun(): void;
  /** The first sample of its recordings or, where none of them is left, of the first packet of its voice has sounded. */
  onFirstSample(startedAt: number): void;
  /** It sounds longer than was approved. */
  onOverrun(): void;
  onEnd(how: CardEnd['how'], heard: Heard): void;
}

/** Between the district's time and the card's frames: hands a piece over, watches its length, takes it back. */
export class CardHand {
  private readonly cardTime: CardTime;

  constructor(private readonly ports: Pick<PlayerPorts, 'clock' | 'time' | 'card'>) {
    this.cardTime = new CardTime(ports);
  }

  give(play: Play, job: Pick<CardJob, 'dispatchId' | 'messageDigest' | 'sounds' | 'voice' | 'gainDb' | 'mayCut'>, events: PlayEvents): void {
    const { repetition, fromMs, at, endsAt } = play.piece;
    const { voice, sounds } = job;
    const fromFrame = Math.round(fromMs * FRAMES_PER_MS);
    const sounded = (frame: number): void => {
      if (play.startedAt !== null) return;
      play.startedAt = this.districtTimeOf(frame);
      events.onFirstSample(Math.round(play.startedAt));
    };
    const toldVoice: CardVoice | undefined = voice && {
      next: (frame) => voice.next(frame),
      sounded: (packet, frame) => {
        voice.sounded(packet, frame);
        sounded(frame);
      },
    };
    // Silence before a voice is no sound: nobody may say that it was heard.
    const isOpened = voice === undefined || sounds.reduce((sum, { samples }) => sum + samples, 0) > fromFrame;
    play.ticket = this.ports.card.schedule({
      ...job, ...(toldVoice === undefined ? {} : { voice: toldVoice }), repetition, fromFrame, startAt: Math.round(at), startFrame: this.cardTime.frameAt(at),
      onFirstSample: (frame) => {
        play.begun = true;
        events.onBegun();
        // The signed length ends the sound with no message at all (design 5 "Live", last sentence).
        this.giveUpAfter(play, endsAt - at + PLAY_SLACK_MS, () => events.onOverrun());
        if (isOpened) sounded(frame);
      },
      onEnd: (end) => {
        play.watchdog?.cancel();
        events.onEnd(end.how, heardOf(play, this.districtTimeOf(end.frame), end));
      },
    });
  }

  giveUpAfter(play: Play, ms: number, then: () => void): void {
    play.watchdog?.cancel();
    play.watchdog = this.ports.clock.setTimer(ms, then);
  }

  /** Silent within the fade; what was heard of it, or null when nothing was. */
  silence(play: Play): Heard | null {
    play.watchdog?.cancel();
    play.ticket?.cancel(FADE_MS);
    const now = this.ports.time.now();
    return play.startedAt === null ? null : heardOf(play, now === null ? null : now + FADE_MS, null);
  }

  private districtTimeOf(frame: number): number {
    return this.cardTime.districtAt(frame) ?? 0;
  }
}

function heardOf({ piece, startedAt }: Play, endedAt: number | null, end: CardEnd | null): Heard {
  return {
    repetition: piece.repetition, fromMs: Math.round(piece.fromMs), startedAt: startedAt === null ? null : Math.round(startedAt), endedAt: endedAt === null ? null : Math.round(endedAt),
    digest: end?.digest ?? null, levelCentiDbfs: end?.levelCentiDbfs ?? null,
  };
}
