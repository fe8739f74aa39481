import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { LIMITS, LIVE_PATH, LIVE_SUBPROTOCOL } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Log } from '../../kernel/log';
import { PlainSockets } from '../../kernel/socket';
import { CLOCK, LOG } from '../../kernel/tokens';
import { Sessions } from '../access';
import { BeginVoice } from './begin-voice';
import { SourceConnection } from './source-connection';
import { TakeBlock } from './take-block';

/** Sources at once, those that only probe the time included. */
const MOST_SOURCES = 200;

/** The door at which sources come in. Permission `live:speak`, asked with the first frame and again while it lasts. */
@Injectable()
export class SourceLink implements OnApplicationBootstrap {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    private readonly sockets: PlainSockets,
    private readonly sessions: Sessions,
    private readonly beginVoice: BeginVoice,
    private readonly takeBlock: TakeBlock,
  ) {}

  onApplicationBootstrap(): void {
    const { clock, log, sessions, beginVoice, takeBlock } = this;
    this.sockets.open({ path: LIVE_PATH, subprotocol: LIVE_SUBPROTOCOL, frameBytes: LIMITS.liveBlockBytes, most: MOST_SOURCES }, (socket) => new SourceConnection(socket, { clock, log, sessions, beginVoice, takeBlock }));
  }
}
