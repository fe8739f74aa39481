import { historyFault, RACES, type Race, type RaceOutcome } from '../../../../apps/redteam/src/races/history';

const approvedOnce: RaceOutcome = { answers: ['ACCEPTED', 'STATE_CONFLICT'], state: 'approved', approvals: ['a'], leaves: ['message.submitted', 'approval.signed'], dispatches: 0 };
const legal: readonly (readonly [Race, RaceOutcome])[] = [
  ['one approver twice', { ...approvedOnce, answers: ['REJ_APPROVER_REPEATED', 'ACCEPTED'] }],
  ['two approvers for one place', approvedOnce],
  ['two approvers for two places', { answers: ['ACCEPTED', 'ACCEPTED'], state: 'approved', approvals: ['a', 'b'], leaves: ['message.submitted', 'approval.signed', 'approval.signed'], dispatches: 0 }],
  ['approve and withdraw', { answers: ['ACCEPTED', 'ACCEPTED'], state: 'withdrawn', approvals: ['a'], leaves: ['message.submitted', 'approval.signed', 'message.withdrawn'], dispatches: 0 }],
  ['approve and withdraw', { answers: ['STATE_CONFLICT', 'ACCEPTED'], state: 'withdrawn', approvals: [], leaves: ['message.submitted', 'message.withdrawn'], dispatches: 0 }],
  ['approve and return', { ...approvedOnce, state: 'returned', approvals: [], leaves: ['message.submitted', 'approval.returned'] }],
];

describe('what two requests at once may leave behind', () => {
  it.each(legal)('is legal for %s when one came after the other', (race, outcome) => {
    expect(historyFault(race, outcome)).toBeUndefined();
  });

  it.each<[string, Race, Partial<RaceOutcome>]>([
    ['both approvals of one person stand', 'one approver twice', { answers: ['ACCEPTED', 'ACCEPTED'], approvals: ['a', 'a'] }],
    ['two stand where one was asked', 'two approvers for one place', { answers: ['ACCEPTED', 'ACCEPTED'], approvals: ['a', 'b'], leaves: ['message.submitted', 'approval.signed', 'approval.signed'] }],
    ['it is approved after it was withdrawn', 'approve and withdraw', { answers: ['ACCEPTED', 'ACCEPTED'], state: 'approved', leaves: ['message.submitted', 'message.withdrawn', 'approval.signed'] }],
    ['it is withdrawn, and an approval came after', 'approve and withdraw', { answers: ['ACCEPTED', 'ACCEPTED'], state: 'withdrawn', leaves: ['message.submitted', 'message.withdrawn', 'approval.signed'] }],
    ['an approval was answered and does not stand', 'two approvers for one place', { approvals: [] }],
    ['an approval stands and the log does not tell', 'two approvers for one place', { leaves: ['message.submitted'] }],
    ['the log tells of one that does not stand', 'two approvers for one place', { leaves: ['message.submitted', 'approval.signed', 'approval.signed'] }],
    ['a held message was dispatched', 'two approvers for one place', { dispatches: 1 }],
    ['nobody was taken', 'two approvers for one place', { answers: ['STATE_CONFLICT', 'STATE_CONFLICT'] }],
    ['somebody was refused for no reason of this race', 'two approvers for one place', { answers: ['ACCEPTED', 'INTERNAL'] }],
  ])('is not when %s', (_, race, change) => {
    expect(historyFault(race, { ...approvedOnce, ...change })).toEqual(expect.any(String));
  });

  it('knows every race', () => {
    expect(RACES.every((race) => historyFault(race, { ...approvedOnce, state: 'gone' }) !== undefined)).toBe(true);
  });
});
