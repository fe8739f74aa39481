import type { EnvelopeShape } from '#libs/contracts';
import type { Admission } from './admit/admission';
import type { IsolateDesk } from './admit/isolate-desk';
import type { RestrictionDesk } from './admit/restriction-desk';
import type { StopDesk } from './admit/stop-desk';
import type { LiveDesk } from './live/live-desk';
import type { MediaStore } from './media/media-store';
import type { SpoolSender } from './spool/send-spool';
import type { ReceiptSpool } from './spool/spool';
import type { BeaconDesk } from './time/beacon-desk';
import type { FrameParser } from './uplink/parse-frame';
import type { AgentFrame } from './uplink/uplink';

export interface FrameDesks {
  readonly beacons: BeaconDesk;
  readonly stops: StopDesk;
  readonly isolates: IsolateDesk;
  readonly restrictions: RestrictionDesk;
  readonly admission: Admission;
  readonly media: MediaStore;
  readonly spool: ReceiptSpool;
  readonly sender: SpoolSender;
  readonly live: LiveDesk;
  takeDocuments(documents: readonly EnvelopeShape[]): void;
  addProbe(sentAt: number, receivedAt: number, answeredAt: number): void;
  /** A frame that is none of the contract, or that this program failed at; `fault` in the second case. */
  onGarbage(text: string, fault?: unknown): void;
}

/** Which part of the terminal takes which frame of the link; every one is judged there. */
export class IncomingFrames {
  constructor(private readonly parse: FrameParser, private readonly desks: FrameDesks) {}

  /** Takes a frame as if it had come over the link: what an attacker in the path could do. */
  inject(text: string): void {
    const frame = this.parse(text);
    if (frame === undefined) this.desks.onGarbage(text);
    else if (frame.kind !== 'challenge' && frame.kind !== 'claimed' && frame.kind !== 'welcome' && frame.kind !== 'refused') this.take(frame, text);
  }

  /** A fault of our own in reading a frame costs that frame and is reported; the terminal lives on. */
  take(frame: AgentFrame, text: string): void {
    try {
      this.handle(frame, text.length);
    } catch (fault) {
      this.desks.onGarbage(text, fault);
    }
  }

  private handle(frame: AgentFrame, chars: number): void {
    const { beacons, stops, isolates, restrictions, admission, media, spool, sender, takeDocuments, addProbe } = this.desks;
    switch (frame.kind) {
      case 'exchange':
        takeDocuments(frame.documents);
        if (frame.beacon !== null) beacons.receive(frame.beacon);
        for (const stop of frame.stops) stops.receive(stop);
        for (const isolate of frame.isolates) isolates.receive(isolate);
        for (const restriction of frame.restrictions ?? []) restrictions.receive(restriction);
        for (const order of frame.orders) admission.receive(order, chars, 'exchange');
        return;
      case 'order':
        admission.receive(frame.order, chars, 'push');
        return;
      case 'stop':
        stops.receive(frame.stop);
        return;
      case 'isolate':
        isolates.receive(frame.isolate);
        return;
      case 'restriction':
        restrictions.receive(frame.restriction);
        return;
      case 'document':
        takeDocuments([frame.document]);
        return;
      case 'prefetch':
        for (const { sha256, bytes } of frame.media) media.want(sha256, bytes, null);
        return;
      case 'ack':
        if (frame.counter > spool.counter()) return;
        spool.acknowledge(frame.counter);
        sender.acknowledged();
        return;
      case 'lease':
        beacons.receive(frame.beacon);
        return;
      case 'time':
        addProbe(frame.t1, frame.t2, frame.t3);
    }
  }
}
