import type { Charter, PlatformId, Roster } from '#libs/contracts';
import type { TrustState } from '#libs/trust';
import { operationalError } from '../../kernel/errors';

export interface PlatformDocuments {
  readonly charter: Charter;
  readonly roster: Roster;
}

/** The charter and roster in force of a platform; refuses with PLATFORM_WITHOUT_ROSTER when it has none. */
export function platformDocuments(state: TrustState, platform: PlatformId): PlatformDocuments {
  const charter = state.charters.get(platform)?.value;
  const roster = state.rosters.get(platform)?.value;
  if (charter === undefined || roster === undefined) {
    throw operationalError('PLATFORM_WITHOUT_ROSTER', `The platform ${platform} has no charter and roster in force.`, { status: 409 });
  }
  return { charter, roster };
}
