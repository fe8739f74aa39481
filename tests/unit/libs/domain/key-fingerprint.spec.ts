import { keyIdSchema } from '#libs/contracts';
import { keyFingerprint } from '#libs/domain';

describe('the fingerprint of a key', () => {
  it('is four groups of five digits, the key id modulo 10^20', () => {
    expect(keyFingerprint(keyIdSchema.parse('0'.repeat(64)))).toEqual(['00000', '00000', '00000', '00000']);
    expect(keyFingerprint(keyIdSchema.parse('0'.repeat(48) + 'ffffffffffffffff'))).toEqual(['18446', '74407', '37095', '51615']);
  });
});
