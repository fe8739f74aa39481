import fc from 'fast-check';
import { encodeLiveBlock, parseLiveBlock, sealLiveBlock, type LiveBlock } from '#libs/envelope';
import { asked, LONG_TIMEOUT_MS } from '../../../../support/properties';

jest.setTimeout(LONG_TIMEOUT_MS);

const half = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const packet = fc.oneof({ weight: 9, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 40 }) }, { weight: 1, arbitrary: fc.constantFrom(new Uint8Array(255), new Uint8Array(256), new Uint8Array(1_275)) });
const blocks: fc.Arbitrary<LiveBlock> = fc.record({
  end: fc.boolean(), stream: half, seq: fc.integer({ min: 1, max: 2 ** 32 - 1 }), capturedAt: fc.nat(Number.MAX_SAFE_INTEGER), previous: half,
  packets: fc.array(packet, { minLength: 1, maxLength: 10 }),
}).chain((block) => fc.boolean().map((empty) => (empty && block.end ? { ...block, packets: [] } : block)));
const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
const sealed = fc.tuple(blocks, signature).map(([block, by]) => sealLiveBlock(encodeLiveBlock(block), by));

/** What reads these bytes writes the same ones: there is no second spelling. */
function isOneSpelling(bytes: Uint8Array): boolean {
  const read = parseLiveBlock(bytes);
  return read === undefined || Buffer.from(sealLiveBlock(encodeLiveBlock(read.block), read.signature)).equals(bytes);
}

describe('the bytes of a block', () => {
  it('are read back as what was written, wherever they lie in a buffer', () => {
    fc.assert(fc.property(blocks, signature, fc.nat(20), (block, by, before) => {
      const bytes = sealLiveBlock(encodeLiveBlock(block), by);
      const inside = new Uint8Array(before + bytes.length + 7).fill(0xee);
      inside.set(bytes, before);
      const read = parseLiveBlock(inside.subarray(before, before + bytes.length));
      expect(read?.block).toEqual(block);
      expect(read?.signature).toEqual(by);
    }), asked(200));
  });

  it('have one spelling, whichever of them are changed, cut, doubled or joined', () => {
    const edits = fc.array(fc.oneof(
      fc.record({ kind: fc.constant('set' as const), at: fc.nat(700), value: fc.nat(255) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(700), value: fc.nat(30) }),
      fc.record({ kind: fc.constant('double' as const), at: fc.nat(700), value: fc.nat(30) }),
    ), { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(sealed, edits, (bytes, list) => {
      const changed = list.reduce<number[]>((now, { kind, at, value }) => {
        const from = now.length === 0 ? 0 : at % now.length;
        if (kind === 'set') return now.map((byte, i) => (i === from ? value : byte));
        return kind === 'cut' ? [...now.slice(0, from), ...now.slice(from + value)] : [...now.slice(0, from + value), ...now.slice(from)];
      }, [...bytes]);
      return isOneSpelling(Uint8Array.from(changed));
    }), asked(500));
  });

  it('that are anything at all behind the magic are one block in one spelling, or none', () => {
    const head = fc.tuple(fc.constantFrom(0, 0, 0, 1, 1, 2, 255), fc.integer({ min: 0, max: 11 }), fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.constantFrom(0, 0, 0, 0x1f, 0x20, 255), fc.uint8Array({ minLength: 22, maxLength: 22 }));
    const packets = fc.array(fc.uint8Array({ maxLength: 9 }).chain((said) => fc.constantFrom(said.length, said.length, said.length, said.length, said.length + 1, 0).map((length) => [0, length, ...said])), { maxLength: 11 });
    fc.assert(fc.property(head, packets, signature, ([flags, count, named, year, rest], said, by) => {
      const counted = count > 5 ? said.length : count;
      return isOneSpelling(Uint8Array.of(0x43, 0x4c, 0x52, 0x31, flags, counted, ...named, 0, year, ...rest, ...said.flat(), ...by));
    }), asked(500));
  });
});
