import { dispatchIdSchema } from '#libs/contracts';
import { preempts, type Claim } from '#libs/domain';

function claim(fields: Partial<Claim> & { readonly nr?: number }): Claim {
  const { nr = 1, ...rest } = fields;
  const dispatchId = dispatchIdSchema.parse(`01890000-0000-7000-8000-${String(nr).padStart(12, '0')}`);
  return { mode: 'actual', class: 'notice', tier: 'township', severity: 'none', issuedAt: 1_000, dispatchId, ...rest };
}

describe('the arbiter', () => {
  it('puts what is meant before any drill, whatever its class', () => {
    expect(preempts(claim({ class: 'daily' }), claim({ class: 'emergency', mode: 'drill', severity: 'red' }))).toBe(true);
  });

  it('compares class first, then tier, then severity', () => {
    expect(preempts(claim({ class: 'emergency', tier: 'village' }), claim({ class: 'advisory', tier: 'district' }))).toBe(true);
    expect(preempts(claim({ class: 'emergency', tier: 'district', severity: 'blue' }), claim({ class: 'emergency', tier: 'township', severity: 'red' }))).toBe(true);
    expect(preempts(claim({ class: 'emergency', severity: 'red' }), claim({ class: 'emergency', severity: 'orange' }))).toBe(true);
  });

  it('lets an equal one wait, in both directions', () => {
    const [a, b] = [claim({ nr: 1 }), claim({ nr: 2, issuedAt: 1 })];
    expect(preempts(a, b)).toBe(false);
    expect(preempts(b, a)).toBe(false);
  });
});
