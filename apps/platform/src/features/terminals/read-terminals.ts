import { digestSchema, type AreaId, type AreaView, type SimCard, type TerminalId, type TerminalView } from '#libs/contracts';
import type { Scope } from '../../kernel/scope';
import type { Areas } from '../areas';
import type { Trust } from '../authority';
import { declaredChains } from './declared-chain';
import type { PresenceBoard } from './presence';
import { maxVolumeOf, type RegisteredTerminal, type TerminalRegistry } from './registry';
import type { TerminalsStore } from './terminals.store';

/** What the API shows of terminals and of how many stand where. */
export class ReadTerminals {
  constructor(
    private readonly registry: TerminalRegistry,
    private readonly board: PresenceBoard,
    private readonly store: TerminalsStore,
    private readonly areas: Areas,
    private readonly trust: Trust,
  ) {}

  async list(scope: Scope): Promise<readonly TerminalView[]> {
    return this.views(scope, this.inScope(scope));
  }

  async one(scope: Scope, id: string): Promise<TerminalView | undefined> {
    const [view] = await this.views(scope, this.inScope(scope).filter((terminal) => terminal.id === id));
    return view;
  }

  simCards(scope: Scope): Promise<readonly SimCard[]> {
    return this.store.simCards(scope);
  }

  /** Each area with every terminal in it or below it. */
  async areaViews(scope: Scope): Promise<readonly AreaView[]> {
    const chainOf = this.trust.isReady() ? declaredChains(this.trust.state()) : () => undefined;
    const total = new Map<AreaId, number>();
    const online = new Map<AreaId, number>();
    const connected = this.board.online();
    for (const { id, area, state, assignment } of this.inScope(scope)) {
      if (state === 'retired') continue;
      for (const above of assignment?.entry.areas ?? chainOf(area) ?? []) {
        total.set(above.id, (total.get(above.id) ?? 0) + 1);
        if (connected.has(id)) online.set(above.id, (online.get(above.id) ?? 0) + 1);
      }
    }
    const tree = await this.areas.tree(scope);
    return tree.map((area) => ({ ...area, codes: [...area.codes], terminals: total.get(area.id) ?? 0, online: online.get(area.id) ?? 0 }));
  }

  private inScope(scope: Scope): readonly RegisteredTerminal[] {
    return this.registry.all().filter(({ platform, assignment }) => scope.covers(assignment?.entry.platform ?? platform));
  }

  private async views(scope: Scope, terminals: readonly RegisteredTerminal[]): Promise<readonly TerminalView[]> {
    const health: ReadonlyMap<TerminalId, unknown> = terminals.length === 0 ? new Map() : await this.store.health(scope, terminals.map(({ id }) => id));
    return terminals.map((terminal) => {
      const connected = this.board.of(terminal.id);
      const { deviceKey, assignment, wantedMaxVolume: _, ...shown } = terminal;
      return {
        ...shown,
        platform: assignment?.entry.platform ?? terminal.platform,
        online: connected !== undefined,
        since: connected?.since ?? null,
        health: health.get(terminal.id) ?? null,
        maxVolume: maxVolumeOf(terminal),
        signedMaxVolume: assignment?.entry.maxVolume ?? null,
        deviceKeyId: deviceKey === null ? null : digestSchema.parse(deviceKey.keyId),
      };
    });
  }
}
