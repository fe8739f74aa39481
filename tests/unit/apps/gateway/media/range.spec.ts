import { readRange } from '../../../../../apps/gateway/src/media/range';

describe('the Range header', () => {
  it.each([
    [undefined, { kind: 'whole' }],
    ['bytes=0-', { kind: 'part', first: 0, last: 99 }],
    ['bytes=10-19', { kind: 'part', first: 10, last: 19 }],
    ['bytes=90-500', { kind: 'part', first: 90, last: 99 }],
    ['bytes=-30', { kind: 'part', first: 70, last: 99 }],
    ['bytes=-500', { kind: 'part', first: 0, last: 99 }],
    ['bytes=99-', { kind: 'part', first: 99, last: 99 }],
    ['bytes=100-', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=9-5', { kind: 'whole' }],
    ['bytes=0-1,5-6', { kind: 'whole' }],
    ['items=0-5', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=1-99999999999999999999', { kind: 'whole' }],
  ] as const)('%s of a hundred bytes', (header, range) => {
    expect(readRange(header, 100)).toEqual(range);
  });

  it('finds nothing to satisfy in an empty file', () => {
    expect(readRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(readRange('bytes=-5', 0)).toEqual({ kind: 'unsatisfiable' });
  });
});
