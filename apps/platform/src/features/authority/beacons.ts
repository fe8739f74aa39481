import type { Beacon, Digest, PlatformId } from '#libs/contracts';
import { encodePayload, type Envelope } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { isRevoked, lineageOf, versionsFor } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { operationalError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';
import type { AuditLog } from '../audit';
import { Beacons, type BeaconQuestion, type ServerKeys, type Trust } from './authority';
import type { AuthorityStore } from './authority.store';
import type { ClockWatch } from './clock-watch';

const SHARED_MS = 1_000;

interface SharedBeacon {
  readonly signedAt: number;
  readonly envelope: Promise<Envelope>;
}

/** Signs beacons with the platform's dispatcher key. Refuses CLOCK_DOUBTFUL and DISPATCHER_REVOKED. Epochs change only when an officer raises them (`RaiseEpoch`), so they are read once. */
export class SignedBeacons extends Beacons {
  private readonly shared = new Map<PlatformId, SharedBeacon>();
  private epochs: ReadonlyMap<PlatformId, number> = new Map();

  constructor(
    private readonly trust: Trust,
    private readonly keys: ServerKeys,
    private readonly audit: AuditLog,
    private readonly store: AuthorityStore,
    private readonly clock: Clock,
    private readonly watch: Pick<ClockWatch, 'check'>,
    private readonly scope: Scope,
  ) {
    super();
    // A new version must not wait for the next second.
    trust.onChange(() => this.shared.clear());
  }

  override signBeacon(platform: PlatformId, question: BeaconQuestion | 'shared'): Promise<Envelope> {
    if (question !== 'shared') return this.sign(platform, question);
    const now = this.clock.monotonicMs();
    const known = this.shared.get(platform);
    if (known !== undefined && now - known.signedAt < SHARED_MS) return known.envelope;
    const envelope = this.sign(platform, { terminal: null, nonce: null, counter: null });
    this.shared.set(platform, { signedAt: now, envelope });
    envelope.catch(() => this.shared.delete(platform));
    return envelope;
  }

  override signLeases(platform: PlatformId, grants: readonly Digest[]): Promise<Envelope> {
    return this.sign(platform, { terminal: null, nonce: null, counter: null, leases: [...grants] });
  }

  override async epochOf(platform: PlatformId, tx?: Tx): Promise<number> {
    if (!this.epochs.has(platform)) this.epochs = await this.store.epochs(this.scope, tx);
    const epoch = this.epochs.get(platform);
    if (epoch === undefined) throw operationalError('PLATFORM_UNKNOWN', `${platform} is not a platform of this server.`);
    return epoch;
  }

  /** An officer raised them. */
  forgetEpochs(): void {
    this.epochs = new Map();
    this.shared.clear();
  }

  private async sign(platform: PlatformId, question: Pick<Beacon, 'terminal' | 'nonce' | 'counter' | 'leases'>): Promise<Envelope> {
    // Terminals follow what is signed: a wrong time would mute them all.
    if (this.watch.check() !== null) throw operationalError('CLOCK_DOUBTFUL', 'The clock of this server was set, or is implausible: confirm the time before terminals are told it.');
    const state = this.trust.state();
    const signer = this.keys.dispatcherOf(platform);
    if (state.rosters.get(platform)?.value.dispatcher.keyId !== signer.key.keyId || isRevoked(state, platform, signer.key.keyId) !== undefined) {
      throw operationalError('DISPATCHER_REVOKED', `No terminal believes the dispatcher of ${platform} now.`);
    }
    const epoch = await this.epochOf(platform);
    const signed = await this.audit.latestHead(platform);
    const beacon: Beacon = {
      platform,
      at: Math.trunc(this.clock.now()),
      epoch,
      versions: versionsFor(state, lineageOf(state, platform)),
      terminal: question.terminal,
      nonce: question.nonce,
      counter: question.counter,
      head: signed === null ? null : { platform, treeSize: signed.head.treeSize, rootHash: signed.head.rootHash },
      ...(question.leases === undefined ? {} : { leases: question.leases }),
    };
    return signEnvelope('beacon', encodePayload(beacon), [signer]);
  }
}
