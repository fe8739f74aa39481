import { drillIdSchema, drillKindSchema, modeSchema } from '#libs/contracts';
import { drillFault, mayReplace, soundsAloud } from '#libs/domain';

const plan = drillIdSchema.parse('0197a3b0-0d11-7000-8000-00000000000d');

it('a drill of kind platform stays on the platforms; the others go out', () => {
  expect(drillKindSchema.options.map((kind) => drillFault({ drill: { plan, kind } }))).toEqual(['REJ_CEILING', undefined, undefined]);
  expect(drillFault({ drill: null })).toBeUndefined();
});

it('only what is actual and a terminal drill is heard; a drill that names no kind is not', () => {
  expect(drillKindSchema.options.filter((kind) => soundsAloud('drill', { plan, kind }))).toEqual(['terminal']);
  expect(soundsAloud('actual', null)).toBe(true);
  expect(soundsAloud('drill', null)).toBe(false);
  expect(soundsAloud('test', null)).toBe(false);
});

it('a message ends another one of its own mode only: no drill ends what is meant, and what is meant ends no drill', () => {
  const pairs = modeSchema.options.flatMap((mode) => modeSchema.options.map((replaced) => [mode, replaced] as const));
  expect(pairs.filter(([mode, replaced]) => mayReplace(mode, replaced))).toEqual(modeSchema.options.map((mode) => [mode, mode]));
});
