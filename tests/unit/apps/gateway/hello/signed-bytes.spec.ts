import { claimBytes, helloBytes } from '../../../../../apps/gateway/src/hello/signed-bytes';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('bytes that a device key signs', () => {
  it('are context, 00, nonce as hex text, 00, terminal id', () => {
    expect(hex(helloBytes('00112233445566778899aabbccddeeff', 't-1'))).toBe(
      '636c6172696f6e2d6465766963652d68656c6c6f2e7631' + '00' + '3030313132323333343435353636373738383939616162626363646465656666' + '00' + '742d31');
  });

  it('have another context and the code for a claim', () => {
    expect(hex(claimBytes('00112233445566778899aabbccddeeff', 'ABCDEFGH12345678'))).toBe(
      '636c6172696f6e2d6465766963652d636c61696d2e7631' + '00' + '3030313132323333343435353636373738383939616162626363646465656666' + '00' + '41424344454647483132333435363738');
  });
});
