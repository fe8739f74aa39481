import type { Family, Scene } from '../attack';
import { DISPATCH_OPERATORS } from '../forgery/dispatch-operators';
import { ENVELOPE_OPERATORS } from '../forgery/envelope-operators';
import type { Operator } from '../forgery/operator';
import { PERSON_OPERATORS } from '../forgery/person-operators';

/** Seeds for each operator; with three lists of some thirty operators each, more than 10,000 forgeries. */
const SEEDS = 130;

/** Structured forgeries through the terminal's decision: G1. */
export const FORGERIES: readonly Family[] = [
  forged('forged envelopes, keys and types', 'T25 T29', ENVELOPE_OPERATORS),
  forged('a stolen dispatcher with every genuine approval', 'T28 T31', DISPATCH_OPERATORS),
  forged('messages and approvals under a stolen dispatcher', 'T22 T23 T46', PERSON_OPERATORS),
];

function forged(family: string, threat: string, operators: readonly Operator[]): Family {
  return {
    family, threat, where: 'admit',
    run: async (scene) => {
      everyGenuinePlays(scene);
      for (const operator of operators) {
        for (let seed = 0; seed < Math.max(2, Math.floor(SEEDS / scene.thin)); seed += 1) await tryOne(scene, operator);
      }
    },
  };
}

function everyGenuinePlays({ lab, tally }: Scene): void {
  const outcomes = lab.recorded.map(({ at, order }) => lab.judge(at, order));
  tally.control(`${outcomes.length} genuine orders play`, outcomes.length > 0 && outcomes.every((outcome) => outcome === 'play'));
}

async function tryOne({ lab, random, tally }: Scene, operator: Operator): Promise<void> {
  const genuine = random.pick(lab.recorded);
  const other = random.pick(lab.recorded.filter((one) => one !== genuine));
  const { order, facts } = await operator.forge({ lab, genuine, other, random });
  tally.judged(operator.name, lab.judge(genuine.at, order, facts), operator.codes);
}
