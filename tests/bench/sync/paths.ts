import { pathOf, type ProfileName } from '../../support/network/profiles';
import { openTcpPath, type TcpPath } from '../../support/network/tcp-path';
import { freePort } from '../../support/ports';
import { seededRandom } from '../../support/seeded-random';

/** A way of its own for each unit, to one server. */
export interface Paths {
  /** Where each unit connects, in order. */
  readonly ports: readonly number[];
  readonly paths: readonly TcpPath[];
  close(): Promise<void>;
}

/** The same seed gives both systems the same ways. */
export async function openPaths(profile: ProfileName, units: number, target: number, seed: number): Promise<Paths> {
  const random = seededRandom(seed);
  const [ports, paths]: [number[], TcpPath[]] = [[], []];
  for (let unit = 0; unit < units; unit += 1) {
    const port = await freePort();
    paths.push(await openTcpPath({ port, target, profile: pathOf(profile, unit, random), seed: seed * 1_000 + unit * 100 }));
    ports.push(port);
  }
  return { ports, paths, close: async () => { await Promise.all(paths.map((path) => path.close())); } };
}
