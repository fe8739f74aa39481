import type { Writable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { createVoiceStream } from '#libs/audio';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import { mayDo, Sessions, type Permission, type Principal } from '../access';
import { TakeOut } from './take-out';
import type { Hearer, Voice } from './voice';
import { Voices } from './voices';

const MOST_OF_ACCOUNT = 3;
const MOST = 60;
/** Who does not read so much of a voice is let go: what he hears would be minutes old. */
const MOST_UNREAD_BYTES = 65_536;
const PERMISSION: Permission = 'live:read';

/** Lets somebody hear a voice at his desk while it is spoken: from now on, until it ends, his session does, or he leaves. Leaves a leaf. */
@Injectable()
export class ListenIn {
  private readonly listening = new Map<symbol, string>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    private readonly takeOut: TakeOut,
    private readonly voices: Voices,
    private readonly sessions: Sessions,
    private readonly leaves: Leaves,
  ) {}

  /** Refuses NOT_FOUND, LIVE_OVER (409), LISTENERS_FULL (429). `open` gives where it goes, once nothing is refused any more; done when that got its last byte. */
  async run(principal: Principal, token: string, id: string, open: () => Writable): Promise<void> {
    const { stream, platform, message } = await this.takeOut.find(principal, id);
    const voice = this.voices.of(stream);
    if (voice === undefined) throw userError('LIVE_OVER', 'This voice has ended, or speaks on another server.', { status: 409 });
    if (this.listening.size >= MOST || [...this.listening.values()].filter((account) => account === principal.account).length >= MOST_OF_ACCOUNT) {
      throw userError('LISTENERS_FULL', 'Too many listen in. Close one of yours first.', { status: 429 });
    }
    const serial = new DataView(this.clock.random(4).slice().buffer).getUint32(0);
    const seat = Symbol(principal.account);
    this.listening.set(seat, principal.account);
    try {
      await this.transactions.run(async (tx) => {
        await this.leaves.insert(tx, { platform, kind: 'live.listened', subject: message, facts: { stream, by: principal.person } });
      });
      await new Promise<void>((done) => this.hear(principal, token, serial, voice, open(), done));
    } finally {
      this.listening.delete(seat);
    }
  }

  private hear(principal: Principal, token: string, serial: number, voice: Voice, to: Writable, done: () => void): void {
    const ogg = createVoiceStream(serial);
    const hearer: Hearer = {
      hear: ({ packets }) => {
        if (to.writableLength > MOST_UNREAD_BYTES) to.destroy();
        else if (packets.length > 0) to.write(ogg.page(packets));
      },
      over: () => {
        if (voice.hearers.delete(hearer)) to.end(ogg.end());
      },
      mayGoOn: async () => {
        const now = await this.sessions.authenticate(token, 'unattended');
        return now !== null && now.account === principal.account && mayDo(now, PERMISSION);
      },
    };
    to.on('error', () => undefined);
    to.on('close', () => {
      voice.hearers.delete(hearer);
      done();
    });
    voice.hearers.add(hearer);
    to.write(ogg.head());
    if (voice.ended !== undefined) hearer.over();
  }
}
