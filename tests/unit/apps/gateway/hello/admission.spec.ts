import type { SoftwareKeyRecord, TerminalId } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import { generateKey, type Signer } from '#libs/suites';
import { Admission } from '../../../../../apps/gateway/src/hello/admission';
import { Directory } from '../../../../../apps/gateway/src/hello/directory';
import { claimBytes, helloBytes } from '../../../../../apps/gateway/src/hello/signed-bytes';
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
  return { clock, admission, directory, admitted, refused, open, platform };
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

describe('who is let in by the door of the device link', () => {
  const one = 't-1' as TerminalId;
  /** The signature of a key under what it claims to have been asked, as a frame carries it. */
  const signed = async (signer: Signer, bytes: Uint8Array) => toBase64(await signer.sign(bytes));
  /** Judging a hello from memory takes some turns and no time. */
  const judged = () => new Promise((resolve) => { setImmediate(resolve); });
  async function enrolled() {
    const parts = door();
    const { key, signer } = await generateKey('ed25519');
    await parts.directory.learn(one, key as SoftwareKeyRecord);
    const link = parts.open();
    const { nonce } = link.frames[0] as { readonly nonce: string };
    return { ...parts, key, signer, link, nonce };
  }

  it('is the terminal whose key signed this connection\'s nonce for its name', async () => {
    const { link, key, signer, nonce, admitted } = await enrolled();
    link.receives({ kind: 'hello', terminal: one, keyId: key.keyId, agent: '', sig: await signed(signer, helloBytes(nonce, one)) });
    await judged();
    expect([admitted, link.ended]).toEqual([[one], undefined]);
  });

  it('is nobody whose signature is another key\'s, over another nonce, for another name, or none', async () => {
    const stranger = (await generateKey('ed25519')).signer;
    for (const sign of [
      (_signer: Signer, nonce: string) => signed(stranger, helloBytes(nonce, one)),
      (signer: Signer) => signed(signer, helloBytes('0'.repeat(32), one)),
      (signer: Signer, nonce: string) => signed(signer, helloBytes(nonce, 't-2')),
      (signer: Signer, nonce: string) => signed(signer, claimBytes(nonce, one)),
      () => Promise.resolve(''),
    ]) {
      const { link, key, signer, nonce, admitted, refused } = await enrolled();
      link.receives({ kind: 'hello', terminal: one, keyId: key.keyId, agent: '', sig: await sign(signer, nonce) });
      await judged();
      expect([admitted, link.ended, refused]).toEqual([[], 'HELLO_SIGNATURE', [[one, 'HELLO_SIGNATURE', key.keyId]]]);
    }
  });

  it('claims only with a key that it holds: the platform is not even asked, and the code stays unused', async () => {
    const code = 'ABCDEFGH12345678';
    const claimed = async (sign: (signer: Signer, nonce: string) => Promise<string>) => {
      const { link, key, signer, nonce, platform } = await enrolled();
      link.receives({ kind: 'claim', code, physicalCode: 'HORN-1', key, sig: await sign(signer, nonce) });
      await judged();
      return [link.ended, platform.calls.length];
    };
    expect(await claimed((signer, nonce) => signed(signer, claimBytes(nonce, code)))).toEqual([undefined, 1]);
    expect(await claimed(async (_signer, nonce) => signed((await generateKey('ed25519')).signer, claimBytes(nonce, code)))).toEqual(['CLAIM_SIGNATURE', 0]);
    expect(await claimed((signer, nonce) => signed(signer, claimBytes(nonce, 'ABCDEFGH12345679')))).toEqual(['CLAIM_SIGNATURE', 0]);
    expect(await claimed((signer) => signed(signer, claimBytes('0'.repeat(32), code)))).toEqual(['CLAIM_SIGNATURE', 0]);
  });
});
