import { encodePayload, toBase64, unverifiedPayload } from '#libs/envelope';

describe('the payload of an envelope that nobody verified', () => {
  it('is its strict JSON, or nothing at all', () => {
    const text = (json: string) => ({ payload: toBase64(new TextEncoder().encode(json)) });
    expect(unverifiedPayload({ payload: toBase64(encodePayload({ a: 1 })) })).toEqual({ a: 1 });
    expect([{ payload: '*' }, text('{"a":1,"a":2}'), text('{'), text('1.5')].map(unverifiedPayload)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
