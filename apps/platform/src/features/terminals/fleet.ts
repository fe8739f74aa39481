import type { AreaId, Health, KeyId, SoftwareKeyRecord, PlatformId, Targets, TerminalId, Versions } from '#libs/contracts';
import { covers, mayReach } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { ancestryOf, documentsSince } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Scope } from '../../kernel/scope';
import type { Trust } from '../authority';
import type { PresenceBoard } from './presence';
import type { PresenceWriter } from './presence-writer';
import type { TerminalRegistry } from './registry';
import { Terminals, type Targeted, type TargetedTerminal } from './terminals';
import type { TerminalsStore } from './terminals.store';

/** `Terminals` over the registry and the presence board; asks the database only to keep health and presence. */
export class Fleet extends Terminals {
  constructor(
    private readonly registry: TerminalRegistry,
    private readonly board: PresenceBoard,
    private readonly presence: PresenceWriter,
    private readonly store: TerminalsStore,
    private readonly trust: Trust,
    private readonly clock: Clock,
    private readonly scope: Scope,
  ) {
    super();
  }

  override targeted(scope: Scope, targets: Targets, issuerAreas: readonly AreaId[]): Promise<Targeted> {
    const online = this.board.online();
    const terminals: TargetedTerminal[] = [];
    for (const { id, platform, area, naturalVillage, households, assignment } of this.registry.all()) {
      if (assignment === null || !scope.covers(assignment.entry.platform)) continue;
      const chain = assignment.entry.areas;
      if (!covers(targets, id, chain) || !mayReach(issuerAreas, targets, chain)) continue;
      terminals.push({ id, platform, area, online: online.has(id), naturalVillage, households });
    }
    return Promise.resolve({
      terminals,
      online: terminals.filter((terminal) => terminal.online).length,
      villages: new Set(terminals.map((terminal) => terminal.area)).size,
      households: terminals.reduce((sum, terminal) => sum + terminal.households, 0),
    });
  }

  override onlineIds(scope: Scope): ReadonlySet<TerminalId> {
    const online = this.board.online();
    if (scope.platforms === null) return online;
    return new Set([...online].filter((id) => {
      const platform = this.platformOf(id);
      return platform !== undefined && scope.covers(platform);
    }));
  }

  override lineageOf(terminal: TerminalId): readonly PlatformId[] {
    const platform = this.platformOf(terminal);
    return platform === undefined ? [] : ancestryOf(this.trust.state(), platform);
  }

  override deviceKey(terminal: TerminalId): SoftwareKeyRecord | undefined {
    return this.registry.get(terminal)?.deviceKey ?? undefined;
  }

  override isDeviceKey(keyId: KeyId): boolean {
    return this.registry.all().some(({ deviceKey }) => deviceKey?.keyId === keyId);
  }

  override platformOf(terminal: TerminalId): PlatformId | undefined {
    const known = this.registry.get(terminal);
    return known?.assignment?.entry.platform ?? known?.platform;
  }

  override nameOf(terminal: TerminalId): string | undefined {
    return this.registry.get(terminal)?.name;
  }

  override areasOf(terminal: TerminalId): readonly AreaId[] {
    return this.registry.get(terminal)?.assignment?.entry.areas.map(({ id }) => id) ?? [];
  }

  override async recordHealth(batch: readonly { readonly terminal: TerminalId; readonly at: number; readonly health: Health }[]): Promise<void> {
    const known = batch.filter(({ terminal }) => this.registry.get(terminal) !== undefined);
    await this.presence.write(this.board.heard(known.map(({ terminal }) => terminal), this.clock.now()));
    await this.store.recordHealth(this.scope, known);
  }

  override assignmentEnvelope(terminal: TerminalId): { readonly envelope: Envelope; readonly version: number } | undefined {
    const held = this.registry.get(terminal)?.assignment;
    return held === null || held === undefined ? undefined : { envelope: held.envelope, version: held.entry.version };
  }

  override documentsFor(terminal: TerminalId, versions: Versions | null, assignmentVersion: number): readonly Envelope[] {
    const lineage = this.lineageOf(terminal);
    if (lineage.length === 0) return [];
    const assignment = this.assignmentEnvelope(terminal);
    const documents = documentsSince(this.trust.state(), lineage, versions);
    return assignment !== undefined && assignment.version > assignmentVersion ? [...documents, assignment.envelope] : documents;
  }

  override ofPlatforms(scope: Scope, platforms: readonly PlatformId[]): readonly TerminalId[] {
    return this.registry.all().filter(({ id }) => {
      const platform = this.platformOf(id);
      return platform !== undefined && platforms.includes(platform) && scope.covers(platform);
    }).map(({ id }) => id);
  }
}
