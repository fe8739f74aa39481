import { generateKey } from '#libs/suites';
import { Admission } from '../../../../../apps/gateway/src/hello/admission';
import { Directory } from '../../../../../apps/gateway/src/hello/directory';
import { FakeClock, FakeLink, LogRecord, ScriptedPlatform } from '../fakes';

function door(maxGuests = 3) {
  const clock = new FakeClock();
  const platform = new ScriptedPlatform();
  platform.respond = () => new Promise(() => undefined);
  const directory = new Directory(clock, new LogRecord(), platform, { read: () => Promise.resolve(undefined), write: () => Promise.resolve() }, () => undefined);
  const admitted: string[] = [];
  const refused: (readonly string[])[] = [];
  const admission = new Admission(clock, directory, platform, {
    terminal: (terminal) => { admitted.push(terminal); },
    refused: (terminal, code, keyId) => { refused.push([terminal, code, keyId]); },
  }, maxGuests);
  const open = () => {
    const link = new FakeLink();
    admission.open(link);
    return link;
  };
  return { clock, admission, admitted, refused, open, platform };
}

describe('the door of the device link', () => {
  it('challenges at once', () => {
    const { open } = door();
    expect(open().kinds).toEqual(['challenge']);
  });

  it('turns away after ten seconds whoever has not said hello, and nobody earlier', () => {
    const { clock, admission, open } = door();
    const early = open();
    clock.ms += 9_999;
    const late = open();
    admission.sweep();
    expect(early.ended).toBeUndefined();
    clock.ms += 1;
    admission.sweep();
    expect([early.ended, late.ended]).toEqual(['HELLO_TIMEOUT', undefined]);
    expect(admission.waiting).toBe(1);
  });

  it('makes room by turning the oldest guest away when the hall is full', () => {
    const { admission, open } = door(2);
    const [first, second, third] = [open(), open(), open()];
    expect([first.ended, second.ended, third.ended]).toEqual(['BUSY', undefined, undefined]);
    expect(admission.waiting).toBe(2);
  });

  it('refuses a frame sent while a hello is being judged', async () => {
    const { open, admitted } = door();
    const link = open();
    const { key } = await generateKey('ed25519');
    link.receives({ kind: 'hello', terminal: 't-1', keyId: key.keyId, agent: '', sig: '' });
    link.receives({ kind: 'time', t1: 0 });
    expect(link.ended).toBe('FRAME_UNEXPECTED');
    expect(admitted).toEqual([]);
  });

  it('forgets a guest who leaves', () => {
    const { admission, open } = door();
    open().leaves();
    expect(admission.waiting).toBe(0);
  });
});
