import { join } from 'node:path';
import { z } from 'zod';
import { areaViewSchema, bootstrapSchema, charterSchema, STOP_FACTS_FILE, stopFactsSchema, type AreaId, type PlatformId } from '#libs/contracts';
import { isWithin, outermost, type AreaChain } from '#libs/domain';
import { parseEnvelope, parseStrictJson } from '#libs/envelope';
import { STOP_MS } from '../api-client';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { readJson } from '../files';

/** The areas of a district, and those of them that its platforms hold. */
interface Held {
  readonly chain: AreaChain;
  readonly areas: readonly AreaId[];
}

/**
 * Where a platform's stop goes: the named area, or all that its charter holds, each that lies in no other. A platform's
 * name is no area's name, so nothing is guessed: by the server's files on this machine, by the server for who is signed
 * in, or by what this district was set up from. Refuses AREA_NEEDED where none of them knows the platform, and
 * AREA_FOREIGN through the gateway, which judges nothing: no terminal would obey in an area that is not the platform's.
 */
export async function areasToStop(context: Context, platform: PlatformId, area: AreaId | undefined, through: 'listener' | 'gateway'): Promise<readonly AreaId[]> {
  const here = byStopFacts(context, platform);
  if (area !== undefined) {
    if (through === 'listener' || here === undefined || here.areas.some((top) => isWithin(here.chain, area, top))) return [area];
    throw new CliError('AREA_FOREIGN', `${area} is no area of ${platform}: no terminal would obey. ${platform} holds ${here.areas.join(', ')}`);
  }
  const held = here ?? await byServer(context, platform) ?? byBootstrap(context, platform);
  if (held === undefined) throw new CliError('AREA_NEEDED', `What areas ${platform} holds is not known here: name one with --area AREA (from the machine of the server, or signed in, it is found by itself)`, EXIT.usage);
  return outermost(held.chain, held.areas);
}

/** What the STOP process works from while everything else is down; only on the server's own machine. */
function byStopFacts({ config }: Context, platform: PlatformId): Held | undefined {
  const facts = stopFactsSchema.safeParse(readKept(join(config.dataDir, STOP_FACTS_FILE)));
  return facts.success ? known(facts.data.areas, facts.data.platforms.find(({ id }) => id === platform)?.areas) : undefined;
}

async function byServer({ api }: Context, platform: PlatformId): Promise<Held | undefined> {
  if (!api.isSignedIn()) return undefined;
  // Nobody waits for a server with a horn sounding.
  const listed = await api.get('/api/areas', z.array(areaViewSchema), STOP_MS).catch(() => undefined);
  return known(listed ?? [], listed?.filter((row) => row.platform === platform).map(({ id }) => id));
}

function byBootstrap({ config }: Context, platform: PlatformId): Held | undefined {
  const bootstrap = bootstrapSchema.safeParse(readKept(join(config.dataDir, 'bootstrap.json')));
  const charters = (bootstrap.success ? bootstrap.data.charters : []).flatMap((envelope) => {
    const parsed = parseEnvelope(envelope);
    const json = parsed.ok ? parseStrictJson(parsed.payload) : undefined;
    const charter = charterSchema.safeParse(json?.ok === true ? json.value : undefined);
    return charter.success ? [charter.data] : [];
  });
  return known(charters.flatMap(({ areas }) => areas), charters.find((charter) => charter.platform === platform)?.areas.map(({ id }) => id));
}

function known(chain: AreaChain, areas: readonly AreaId[] | undefined): Held | undefined {
  return areas === undefined || areas.length === 0 ? undefined : { chain, areas };
}

/** A file that is damaged is as good as none. */
function readKept(file: string): unknown {
  try {
    return readJson(file);
  } catch {
    return undefined;
  }
}
