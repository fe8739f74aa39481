import { Lab } from '../../../../apps/redteam/src/lab';
import { leftOversOf } from '../../../../apps/redteam/src/theft/left-over';
import { mayDo } from '../../../../apps/redteam/src/theft/may';
import { theftRows, type TheftRow } from '../../../../apps/redteam/src/theft/matrix';

describe('what stolen keys may make sound', () => {
  it('is nothing for one key alone, whosever it is', () => {
    for (const name of ['root 1', 'd officer 1', 'd dispatcher', 't1 log', 'v1 approver-a', 'd author', 'a terminal']) expect([name, mayDo([name])]).toEqual([name, []]);
  });

  it('is no emergency of a district or a township for one approver and the dispatcher', () => {
    expect(mayDo(['d approver-a', 'd dispatcher'])).toEqual(['v1 daily', 'v1 notice', 'v2 daily', 'v2 notice', 'v3 daily', 'v3 notice']);
    expect(mayDo(['t1 approver-a', 't1 dispatcher']).filter((one) => /emergency|advisory/.test(one))).toEqual([]);
    expect(mayDo(['v1 approver-a', 'v1 dispatcher'])).toEqual(['v1 advisory', 'v1 daily', 'v1 emergency', 'v1 governance', 'v1 notice']);
    expect(mayDo(['v1 approver-b', 'v1 dispatcher'])).toEqual(['v1 daily', 'v1 governance', 'v1 notice']);
    expect(mayDo(['d approver-a', 't1 dispatcher'])).toEqual([]);
  });
});

describe('the theft matrix', () => {
  let rows: readonly TheftRow[];
  beforeAll(async () => { rows = await theftRows(await Lab.open(), () => undefined, { every: 60, from: 7 }); }, 120_000);

  it('finds exactly what the rule allows, class by class', () => {
    expect(rows.filter(({ asExpected }) => !asExpected).map(({ stolen, within, soundedAt, wrongCode }) => ({ stolen, within, soundedAt, wrongCode }))).toEqual([]);
  });

  it('shows some sound for those who may, and none for any key alone', () => {
    for (const pair of ['d author, d dispatcher', 'd dispatcher, v1 approver-a', 'a terminal, v1 dispatcher', 'd approver-a, d dispatcher', 'root 1, root 2', 't1 officer 1, t1 officer 2']) {
      expect(rows.map(({ stolen }) => stolen).filter((name) => name.split(', ').sort().join() === pair.split(', ').sort().join())).toHaveLength(1);
    }
    expect(rows.find(({ stolen }) => stolen === 'd approver-a, d approver-b, d dispatcher')?.soundedAt).toContain('v3 emergency');
    const alone = rows.filter(({ stolen }) => !stolen.includes(',') && !stolen.startsWith('all'));
    expect(alone.length).toBeGreaterThan(30);
    expect(alone.filter(({ sounded }) => sounded > 0)).toEqual([]);
  });

  it('prints that a held message, fully approved, is begun by its dispatcher\'s key inside its window, by no other and for no more', () => {
    const ofHeld = rows.filter(({ stolen }) => stolen.includes('held message')).map(({ stolen, soundedAt }) => [stolen.replace(/ of (d|t1|v1)\b/, ''), soundedAt.length > 0]);
    expect(ofHeld).toHaveLength(9);
    expect(new Map(ofHeld as [string, boolean][])).toEqual(new Map([
      ['the dispatcher, and a held message, fully approved, inside its window', true], ['the dispatcher, and more of a held message than was signed', false], ['any other one key, and a held message, fully approved', false],
    ]));
  });
});

describe('what is over, with all its signatures in the database', () => {
  it('is refused with its own code wherever it was for, and would sound where the horns had not been told', async () => {
    const lab = await Lab.open();
    const said: string[] = [];
    for (const { what, platform, message, approvals, facts, bound, code } of await leftOversOf(lab)) {
      const order = { dispatch: await lab.world.dispatch(platform, message, approvals, { set: bound }), message, approvals };
      expect([what, lab.judge('v1', order, facts)]).toEqual([what, code]);
      if (lab.judge('v1', order) === 'play') said.push(what);
    }
    for (const what of ['notice of d, withdrawn after the first signature', 'notice of t1, sent back after the first signature', 'emergency of v1, completed']) expect(said).toContain(what);
  });
});
