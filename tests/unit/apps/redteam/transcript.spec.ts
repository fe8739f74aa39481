import { Transcript } from '../../../../apps/redteam/src/transcript';

function recorded() {
  const said: string[] = [];
  const transcript = new Transcript((line) => { said.push(line); });
  return { said, first: transcript.part(), second: transcript.part() };
}

describe('what parts say that run beside each other', () => {
  it('comes at once from the first, and from the second when the first is over', () => {
    const { said, first, second } = recorded();
    second.say('b1');
    first.say('a1');
    expect(said).toEqual(['a1']);
    first.over();
    expect(said).toEqual(['a1', 'b1']);
    second.say('b2');
    expect(said).toEqual(['a1', 'b1', 'b2']);
  });

  it('is whole and in order when the second is over before the first', () => {
    const { said, first, second } = recorded();
    second.say('b1');
    second.over();
    expect(said).toEqual([]);
    first.say('a1');
    first.over();
    expect(said).toEqual(['a1', 'b1']);
  });
});
