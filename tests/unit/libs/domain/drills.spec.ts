import { drillIdSchema, drillKindSchema } from '#libs/contracts';
import { drillFault, soundsAloud } from '#libs/domain';

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
