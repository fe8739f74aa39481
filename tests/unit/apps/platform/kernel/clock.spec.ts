import { systemClock } from '../../../../../apps/platform/src/kernel/clock';
import { uuidV7 } from '../../../../../apps/platform/src/kernel/uuid-v7';

describe('a UUIDv7', () => {
  it('is the example of RFC 9562 A.6', () => {
    const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('sorts by the time it was made', () => {
    const made = [1, 2, 255, 256, 65_536, 1_700_000_000_000].map((at) => uuidV7(at, new Uint8Array(10).fill(0xff)));
    expect([...made].sort()).toEqual(made);
  });

  it('refuses a time outside 48 bits and too little chance', () => {
    expect(() => uuidV7(2 ** 48, new Uint8Array(10))).toThrow(RangeError);
    expect(() => uuidV7(-1, new Uint8Array(10))).toThrow(RangeError);
    expect(() => uuidV7(1.5, new Uint8Array(10))).toThrow(RangeError);
    expect(() => uuidV7(1, new Uint8Array(9))).toThrow(RangeError);
  });

  it('of the system is another one each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => systemClock.uuid())).size).toBe(1_000);
  });
});
