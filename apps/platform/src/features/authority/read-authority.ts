import { mapSchema, type PlatformId, type PlatformView } from '#libs/contracts';
import { expiryAlarms, lineageOf, type ExpiryAlarm } from '#libs/trust';
import type { z } from 'zod';
import type { EnvelopeShape } from '#libs/contracts';
import { userError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';
import type { Trust } from './authority';
import type { AuthorityStore } from './authority.store';
import { chartersInOrder } from './trust-keeper';
import { wireEnvelope } from './wire-envelope';

interface Documents {
  root: EnvelopeShape;
  charters: EnvelopeShape[];
  rosters: EnvelopeShape[];
  revocations: EnvelopeShape[];
  fallen?: EnvelopeShape[];
}

/** Answers from the trust in memory: what is verified, not what rows say. */
export class ReadAuthority {
  constructor(
    private readonly trust: Trust,
    private readonly store: AuthorityStore,
  ) {}

  platforms(scope: Scope): readonly PlatformView[] {
    const state = this.trust.state();
    return chartersInOrder(state).filter((charter) => scope.covers(charter.platform)).flatMap((charter) => {
      const roster = state.rosters.get(charter.platform)?.value;
      if (roster === undefined) return [];
      return [{
        id: charter.platform, parent: charter.parent, tier: charter.tier, name: charter.name, charterVersion: charter.version,
        rosterVersion: roster.version, expiresAt: Math.min(charter.expiresAt, roster.expiresAt),
      }];
    });
  }

  /** Those in scope, and those above the own platform: a signer needs them to judge its own. Of these `only` one and what is above it, where it is named: PLATFORM_FOREIGN where it is none of them. */
  documents(scope: Scope, own: PlatformId, only?: PlatformId): Documents {
    const state = this.trust.state();
    const above = new Set(lineageOf(state, own));
    if (only !== undefined && !scope.covers(only) && !above.has(only)) throw userError('PLATFORM_FOREIGN', 'The platform is outside your scope.', { status: 404 });
    const line = only === undefined ? undefined : new Set(lineageOf(state, only));
    const wanted = chartersInOrder(state).map((charter) => charter.platform)
      .filter((platform) => (scope.covers(platform) || above.has(platform)) && (line === undefined || line.has(platform)));
    const of = (held: ReadonlyMap<PlatformId, { readonly envelope: Parameters<typeof wireEnvelope>[0] }>): EnvelopeShape[] =>
      wanted.flatMap((platform) => {
        const document = held.get(platform);
        return document === undefined ? [] : [wireEnvelope(document.envelope)];
      });
    const { charters, rosters } = this.trust.fallen();
    const fallen = [...charters, ...rosters].filter(([platform]) => scope.covers(platform) && (only === undefined || platform === only)).map(([, { envelope }]) => wireEnvelope(envelope));
    return { root: wireEnvelope(state.root.envelope), charters: of(state.charters), rosters: of(state.rosters), revocations: of(state.revocations), ...(fallen.length === 0 ? {} : { fallen }) };
  }

  /** What in scope must be signed anew, and by whom. */
  expiry(scope: Scope, now: number): readonly ExpiryAlarm[] {
    return expiryAlarms(this.trust.state(), now).filter(({ platform }) => scope.covers(platform));
  }

  /** The shapes of the areas that charters in scope declare; nobody sees where the neighbours' stand. */
  async map(scope: Scope): Promise<z.infer<typeof mapSchema> | undefined> {
    const map = mapSchema.safeParse(await this.store.map(scope));
    if (!map.success) return undefined;
    const seen = new Set(chartersInOrder(this.trust.state()).filter(({ platform }) => scope.covers(platform)).flatMap(({ areas }) => areas.map(({ id }) => id)));
    return { ...map.data, shapes: map.data.shapes.filter(({ area }) => seen.has(area)) };
  }
}
