import { faultOf } from '../../../support/arbiter-scenes';

const SCENES = 10_000;

describe('the arbiter and its model', () => {
  it(`agree in ${SCENES} generated sequences, in whatever order simultaneous events come, and break no rule`, () => {
    for (let seed = 1; seed <= SCENES; seed += 1) {
      const fault = faultOf(seed);
      if (fault !== undefined) throw new Error(`seed ${seed}: ${fault}`);
    }
  });
});
