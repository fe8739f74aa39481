/** Puts keys that a browser made into a platform's roster, as its officers do: the next version, signed and published. */
import { keyRecordSchema, rosterSchema, type KeyRecord, type Roster } from '#libs/contracts';
import { encodePayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { Trust } from '../../apps/platform/src/features/authority';
import type { PlatformServer } from './platform-server';
import { platformOf, type PlatformName } from './trust-builder';
import type { SignTab } from './sign-pages';

/** `keys` are added to those of each person (`approver-a`), and the roster comes into force. */
export async function enterKeys(server: PlatformServer, platform: PlatformName, keys: Readonly<Record<string, readonly KeyRecord[]>>): Promise<Roster> {
  const held = server.app.get(Trust).state().rosters.get(platformOf(platform));
  if (held === undefined) throw new Error(`no roster of ${platform}`);
  const next = rosterSchema.parse({
    ...held.value, version: held.value.version + 1,
    persons: held.value.persons.map((person) => ({ ...person, keys: [...person.keys, ...(keys[person.id.replace(`${platform}-`, '')] ?? [])] })),
  });
  const document = await signEnvelope('roster', encodePayload(next), server.world.officers(platform).slice(0, 2));
  const officer = await server.signIn('d-officer-1');
  const answer = await officer.post('/api/trust/documents', { documents: [document] });
  if (answer.status >= 300) throw new Error(`roster not taken: ${JSON.stringify(answer.body)}`);
  return next;
}

/** Makes a key on the keys page of a signed-in tab and reads its record from there. */
export async function makeKeyIn(tab: SignTab, kind: 'software' | 'passkey'): Promise<KeyRecord> {
  await tab.goTo('#/keys');
  await tab.page.click(`#make-${kind}`);
  const card = tab.page.locator(`.key[data-kind=${kind}]`).last();
  await card.waitFor();
  return keyRecordSchema.parse(JSON.parse(await card.locator('.record').textContent() ?? ''));
}

/** A device with a fingerprint reader whose finger is there, as Chromium imitates one. */
export async function giveAuthenticator(tab: SignTab): Promise<void> {
  const session = await tab.context.newCDPSession(tab.page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
}
