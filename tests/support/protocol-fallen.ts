import type { Envelope } from '#libs/envelope';
import type { Refusal } from './protocol-refusals';
import { NOW, type PlatformName, type World } from './trust-builder';

/** Charters that fall because an officer's key is found stolen: who is still heard in the village below. */
export async function fallen(world: World): Promise<readonly Refusal[]> {
  const order = async (name: PlatformName, expect: string, minVersions?: object) =>
    ({ frame: { kind: 'order', order: (await world.order(name, minVersions === undefined ? {} : { dispatch: { set: { minVersions: { ...world.versions(name), ...minVersions } } } })).order }, expect });
  const taken = (document: Envelope) => ({ frame: { kind: 'document', document }, expect: 'taken' });
  const found = (name: PlatformName): Promise<Envelope> => {
    const [first, , third] = world.platform(name).officers;
    if (first === undefined || third === undefined) throw new Error('the world has three officers');
    return world.revocation(name, { set: { entries: [{ keyId: first.key.record.keyId, reason: 'compromised', since: NOW }] }, by: [third.key.signer] });
  };
  const others = (name: PlatformName) => world.officers(name).slice(1);
  return [
    {
      name: 'a village whose charter fell hears the district and says nothing itself',
      steps: [taken(await found('t1')), await order('v1', 'REJ_KEY_UNKNOWN'), await order('t1', 'REJ_KEY_UNKNOWN'), await order('t2', 'REJ_KEY_UNKNOWN'), await order('d', 'play')],
    },
    {
      name: 'it hears its township again once that one speaks with a roster that stands',
      steps: [taken(await found('t1')), taken(await world.roster('t1', { set: { version: 2 }, by: others('t1') })), await order('t1', 'play', { rosters: { t1: 2 }, revocations: { t1: 1 } })],
    },
    {
      name: 'the district is heard across a township whose charter fell, once its own roster stands',
      steps: [taken(await found('d')), await order('d', 'REJ_KEY_UNKNOWN'), taken(await world.roster('d', { set: { version: 2 }, by: others('d') })), await order('d', 'play', { rosters: { d: 2 }, revocations: { d: 1 } }), await order('v1', 'REJ_KEY_UNKNOWN')],
    },
  ];
}
