import { PassThrough } from 'node:stream';
import { Questions } from '../../../../apps/cli/src/ask';

/** A keyboard that echoes unless raw mode is on, as a terminal's line discipline does, and a screen that keeps what it shows. */
class Terminal extends PassThrough {
  readonly isTTY = true;
  raw = false;
  screen = '';

  setRawMode(on: boolean): this {
    this.raw = on;
    return this;
  }

  /** What the person types, key by key. */
  type(keys: string): void {
    for (const key of keys) {
      if (!this.raw) this.screen += key;
      this.write(key);
    }
  }
}

function atTerminal() {
  const terminal = new Terminal();
  return { terminal, questions: new Questions(terminal as unknown as ConstructorParameters<typeof Questions>[0], { write: (text) => { terminal.screen += text; } }) };
}

function fromPipe(text: string) {
  const pipe = new PassThrough();
  pipe.end(text);
  const shown: string[] = [];
  return { questions: new Questions(pipe, { write: (line) => { shown.push(line); } }), shown };
}

describe('a question at the terminal', () => {
  it('shows the question and not one letter of a hidden answer', async () => {
    const { terminal, questions } = atTerminal();
    const answer = questions.ask('Password: ', true);
    expect(terminal.raw).toBe(true);
    terminal.type('abcd-efgh\r');
    expect(await answer).toBe('abcd-efgh');
    expect(terminal.screen).toBe('Password: \n');
    expect(terminal.raw).toBe(false);
  });

  it('leaves the echo on for an answer that is not hidden', async () => {
    const { terminal, questions } = atTerminal();
    const answer = questions.ask('Account: ', false);
    terminal.type('district-admin\n');
    expect(await answer).toBe('district-admin');
    expect(terminal.screen).toBe('Account: district-admin\n');
  });

  it('takes back what was erased, whole characters at a time', async () => {
    const { terminal, questions } = atTerminal();
    const answer = questions.ask('Password: ', true);
    terminal.type('\u007fab口令\u007f\u007fc\u0008d\n');
    expect(await answer).toBe('abd');
  });

  it('ends a hidden answer at Ctrl-D', async () => {
    const { terminal, questions } = atTerminal();
    const answer = questions.ask('Password: ', true);
    terminal.type('abc\u0004');
    expect(await answer).toBe('abc');
  });

  it('gives up at Ctrl-C and gives the echo back', async () => {
    const { terminal, questions } = atTerminal();
    const answer = questions.ask('Password: ', true);
    terminal.type('abc\u0003');
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED', exit: 2 });
    expect(terminal.raw).toBe(false);
    expect(terminal.screen).not.toContain('abc');
  });
});

describe('answers from a pipe', () => {
  it('are one line each, whatever ends the lines', async () => {
    for (const text of ['clerk\nsecret\n', 'clerk\r\nsecret\r\n', 'clerk\nsecret']) {
      const { questions, shown } = fromPipe(text);
      expect([await questions.ask('Account: ', false), await questions.ask('Password: ', true)]).toEqual(['clerk', 'secret']);
      expect(shown).toEqual(['Account: ', 'Password: ']);
    }
  });

  it('are empty when the pipe has ended', async () => {
    const { questions } = fromPipe('');
    expect(await questions.ask('Password: ', true)).toBe('');
  });
});
