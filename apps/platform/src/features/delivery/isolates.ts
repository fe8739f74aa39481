import { Inject, Injectable } from '@nestjs/common';
import { envelopeSchema, type EnvelopeShape, type IsolateView, type TerminalId } from '#libs/contracts';
import { verifyIsolate, type VerifiedIsolate } from '#libs/trust';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { LOG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
import { ISOLATE_STORE, type IsolateStore } from './isolate.store';

/** An isolate in force, verified again from its bytes. */
export interface StandingIsolate {
  readonly verified: VerifiedIsolate;
  readonly envelope: EnvelopeShape;
}

/** The isolates in force, and which terminals they close. A row that somebody edited counts for nothing, and is said. */
@Injectable()
export class Isolates {
  private readonly everywhere = serverScope('looks which areas are isolated');

  constructor(
    @Inject(ISOLATE_STORE) private readonly store: IsolateStore,
    @Inject(LOG) private readonly log: Log,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
  ) {}

  async inForce(now: number, scope: Scope = this.everywhere): Promise<readonly StandingIsolate[]> {
    return (await this.store.inForce(scope, now)).flatMap((envelope) => {
      const verified = verifyIsolate(this.trust.state(), envelope, now);
      if (verified.ok) return [{ verified: verified.value, envelope: envelopeSchema.parse(envelope) }];
      this.log.error('delivery.isolate-altered', { code: verified.code });
      return [];
    });
  }

  /** It stands in the area by its signed assignment, and the platform that closed it is its own or above it. */
  closes({ isolate }: VerifiedIsolate, terminal: TerminalId): boolean {
    return this.terminals.areasOf(terminal).includes(isolate.area) && this.terminals.lineageOf(terminal).includes(isolate.platform);
  }

  async terminalsOf({ isolate }: VerifiedIsolate): Promise<readonly TerminalId[]> {
    const { terminals } = await this.terminals.targeted(this.everywhere, { areas: [isolate.area], terminals: [] }, [isolate.area]);
    return terminals.map(({ id }) => id).filter((id) => this.terminals.lineageOf(id).includes(isolate.platform));
  }

  async views(scope: Scope, now: number): Promise<readonly IsolateView[]> {
    return Promise.all((await this.inForce(now, scope)).map(({ verified }) => this.view(verified)));
  }

  async view(verified: VerifiedIsolate): Promise<IsolateView> {
    return { ...verified.isolate, terminals: (await this.terminalsOf(verified)).length, stillSounds: [...verified.except] };
  }
}
