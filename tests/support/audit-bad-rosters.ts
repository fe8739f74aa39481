/** Rosters as text, each with one thing that is refused whoever signed it: in its shape, its keys, its policy, or the way it is written. */
import { toBase64 } from '#libs/envelope';
import { keyIdOf } from '#libs/suites';
import type { PlatformName, World } from './trust-builder';

export function badRosters(world: World, name: PlatformName): readonly string[] {
  const of = world.rosterPayload(name);
  const { persons: [first, second, ...others], policy: { rules }, units: [unit] } = of;
  const officer = world.charterPayload(name).officers[0]?.key;
  if (first === undefined || second === undefined || unit === undefined || officer === undefined) throw new Error('a platform has people and officers');
  const steps = (change: (step: (typeof rules)[number]['steps'][number]) => object) => ({ policy: { ...of.policy, rules: rules.map((rule) => ({ ...rule, steps: rule.steps.map((step) => ({ ...step, ...change(step) })) })) } });
  const band = { fromMinute: 60, toMinute: 60 };
  const entry = { keyId: world.stranger.record.keyId, reason: 'left', since: of.issuedAt };
  const point = (prefix: string, hex: string, alg: 'ed25519' | 'es256' | 'sm2-sm3') => {
    const spki = Buffer.from(prefix + hex, 'hex');
    return { dispatcher: { alg, keyId: keyIdOf(alg, spki), spki: toBase64(spki) } };
  };
  const [ed, p256] = ['302a300506032b6570032100', '3059301306072a8648ce3d020106082a8648ce3d030107034200'];
  const sets: readonly (object | ((text: string) => string))[] = [
    ...['00'.repeat(32), `01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`, `ee${'ff'.repeat(30)}7f`, `02${'00'.repeat(31)}`].map((hex) => point(ed, hex, 'ed25519')),
    ...['04', '06', '07'].map((form) => point(p256, `${form}6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f${form === '04' ? '4' : '5'}`, 'es256')),
    ...['"quietHours":[{"fromMinute":-0,"toMinute":60}]', '"quietHours":[{"fromMinute":1.0,"toMinute":60}]', '"quietHours":[],"quietHours":[]', '"quietHours":[{"fromMinute":1e1,"toMinute":60}]', '"quietHours":[],"\\ud800":1'].map((put) => (text: string) => text.replace('"quietHours":[]', put)),
    (text) => `\ufeff${text}`, (text) => `${text} x`, (text) => text.padEnd(32_769, ' '),
    { policy: { ...of.policy, rules: rules.map((rule) => ({ ...rule, steps: [] })) } }, { persons: [first, { ...second, keys: [...second.keys, ...first.keys] }, ...others] },
    { zzz: 1 }, { persons: [{ ...first, roles: [...first.roles, 'emperor'] }, second, ...others] }, { persons: [] },
    steps(() => ({ count: 0 })), steps(() => ({ mayFollowAir: true })), steps(() => ({ dueHours: '0' })), { policy: { ...of.policy, rules: rules.map((rule) => ({ ...rule, steps: [...rule.steps, ...rule.steps] })) } },
    { persons: [first, { ...second, id: first.id }, ...others] }, { persons: [{ ...first, unit: 'nowhere' }, second, ...others] }, { units: [unit, unit] },
    { dispatcher: first.keys[0] }, { logKey: of.dispatcher }, { dispatcher: world.rootKeys[0]?.record }, { logKey: world.platform('d').log.record }, { dispatcher: officer },
    { persons: [{ ...first, keys: [officer] }, second, ...others] }, { dispatcher: { ...of.dispatcher, keyId: world.stranger.record.keyId } }, { dispatcher: { ...of.dispatcher, alg: 'es256' } },
    { expiresAt: of.issuedAt }, { expiresAt: of.issuedAt + 401 * 86_400_000 }, { quietHours: [band] }, { volumeHours: [{ ...band, classes: ['daily'], volume: 'low' }] },
    { revocations: [entry, entry] }, { version: 0 }, { version: 1.5 }, { issuedAt: -1 }, { units: [{ ...unit, name: `${unit.name}\n` }] }, { units: [{ ...unit, name: '\u202e' }] }, { units: [{ ...unit, name: '😀'.repeat(61) }] },
  ];
  return sets.map((set) => (typeof set === 'function' ? set(JSON.stringify(of)) : JSON.stringify({ ...of, ...set })));
}
