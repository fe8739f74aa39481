import { fromBase64, toBase64 } from '#libs/envelope';
import { checkKeyRecord, keyIdOf, verify } from '#libs/suites';
import { sessionKeySchema } from '#libs/contracts';
import { makeSoftwareKey } from '../../../../../../apps/console/src/sign/live/software-key';

const BLOCK = new TextEncoder().encode('a block');

function made() {
  const { spki, sign } = makeSoftwareKey();
  return { record: sessionKeySchema.parse({ keyId: keyIdOf('ed25519', spki), alg: 'ed25519', spki: toBase64(spki) }), sign };
}

it('the throw-away key of a browser without Ed25519: loudspeakers take what it signs, and what another one signed they do not', async () => {
  const [one, other] = [made(), made()];
  expect([checkKeyRecord(one.record).ok, fromBase64(one.record.spki)?.length, one.record.spki === other.record.spki]).toEqual([true, 44, false]);
  const sig = await one.sign(BLOCK);
  expect([verify(one.record, BLOCK, sig), verify(other.record, BLOCK, sig), verify(one.record, BLOCK.slice(1), sig)]).toEqual([true, false, false]);
});
