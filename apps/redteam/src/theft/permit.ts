import type { Signer } from '#libs/suites';
import { areaOf, digestNamed, NOW, type PlatformName, type World } from '../../../../tests/support/trust-builder';
import type { Lab } from '../lab';
import type { TheftRow } from './matrix';

const TERMINALS: readonly PlatformName[] = ['v1', 'v2', 'v3'];
const HOUR = 3_600_000;
type Changes = NonNullable<Parameters<World['permitOrder']>[1]>;

/** Everything that a permit of village v1 does not cover, and a thief would like it to. */
const BEYOND: readonly Changes[] = [
  { message: { set: { class: 'notice' } } }, { message: { set: { class: 'emergency', severity: 'red' } } }, { message: { set: { class: 'daily' } } }, { message: { set: { volume: 'full' } } },
  { message: { set: { body: { segments: [{ sha256: digestNamed('siren'), bytes: 9_000, role: 'siren', durationMs: 5_000 }] } } } },
  { message: { set: { body: { segments: [{ sha256: digestNamed('long'), bytes: 900_000, role: 'recording', durationMs: 600_000 }] }, repeats: 10 } } },
  { message: { set: { targets: { areas: [areaOf('t1-area')], terminals: [] } } } }, { message: { set: { targets: { areas: [areaOf('v2-area')], terminals: [] } } } }, { message: { set: { targets: { areas: [areaOf('d-area')], terminals: [] } } } },
  { dispatch: { set: { startAt: NOW + 12 * HOUR, notAfter: NOW + 13 * HOUR } } }, { isListed: false }, { permit: { set: { classes: ['governance'], perDay: 20, maxDurationMs: 600_000 } }, isListed: false },
];

/** A village's live permit lies in the database: what a thief does with it and the clerk's key, the dispatcher's, or both. */
export async function permitRows(lab: Lab, say: (line: string) => void): Promise<readonly TheftRow[]> {
  const { world } = lab;
  const clerk = world.key('v1', 'author').signer;
  const dispatcher = world.platform('v1').dispatcher.signer;
  const rows: TheftRow[] = [];
  for (const [stolen, keys, within] of [
    ['a live permit and its clerk\'s key', { clerk, dispatcher: clerk }, []], ['a live permit and the dispatcher', { clerk: dispatcher, dispatcher }, []],
    ['a live permit, another village\'s clerk and that dispatcher', { clerk: world.key('v2', 'author').signer, dispatcher: world.platform('v2').dispatcher.signer }, []],
    ['a live permit, its clerk\'s key and the dispatcher: governance, as the permit says', { clerk, dispatcher }, ['v1']],
  ] as const) {
    const row = await rowOf(lab, stolen, keys, within);
    rows.push(row);
    say(`  ${row.asExpected ? 'ok  ' : 'FAIL'} ${row.stolen}: ${row.tried} tried, sounded at ${row.soundedAt.join(' ') || 'no terminal'} (may: ${row.within})`);
  }
  return rows;
}

interface Keys { readonly clerk: Signer; readonly dispatcher: Signer }

async function rowOf(lab: Lab, stolen: string, { clerk, dispatcher }: Keys, within: readonly PlatformName[]): Promise<TheftRow> {
  const soundedAt = new Set<PlatformName>();
  let [tried, sounded, beyond] = [0, 0, 0];
  for (const [nth, changes] of [{}, ...BEYOND].entries()) {
    const { order, trust } = await lab.world.permitOrder('v1', { ...changes, message: { ...changes.message, by: [clerk] }, dispatch: { ...changes.dispatch, by: [dispatcher] } });
    for (const at of TERMINALS) {
      tried += 1;
      if (lab.judge(at, order, { trust }) !== 'play') continue;
      sounded += 1;
      soundedAt.add(at);
      if (nth > 0) beyond += 1;
    }
  }
  const where = [...soundedAt].sort();
  return { stolen, within: within.join(' ') || 'nowhere', tried, sounded, soundedAt: where, asExpected: beyond === 0 && where.join(' ') === within.join(' ') };
}
