import type { Dispatch, Message } from '#libs/contracts';
import { FakeMedia, tone, type TestSound } from '../../../tests/support/terminal-agent/fake-media';
import { orderOf, type TestOrder } from '../../../tests/support/terminal-agent/orders';
import { TestTerminal, type TestTerminalOptions } from '../../../tests/support/terminal-agent/test-terminal';
import type { PlatformName, World } from '../../../tests/support/trust-builder';

const LEAD_MS = 700;

/** Whole terminals of this process, of one signed district, with sounds that really decode: where a family drives the clock. */
export class Bay {
  readonly siren: TestSound = tone(700, 2_000, 'siren');
  readonly speech: TestSound = tone(300, 3_000);
  readonly media = new FakeMedia();

  constructor(readonly world: World) {
    for (const sound of [this.siren, this.speech]) this.media.put(sound);
  }

  /** Enrolled, assigned, with documents and time. */
  ready(options: TestTerminalOptions = {}): Promise<TestTerminal> {
    return TestTerminal.ready(this.world, { media: this.media, ...options });
  }

  /** A genuine order of siren and speech, in a moment. */
  order(terminal: TestTerminal, set: { readonly by?: PlatformName; readonly repeats?: number; readonly sounds?: readonly TestSound[]; readonly message?: Partial<Message>; readonly dispatch?: Partial<Dispatch> } = {}): Promise<TestOrder> {
    const { by = 't1', sounds = [this.siren, this.speech], ...rest } = set;
    const now = Math.floor(terminal.truth.now());
    return orderOf(this.world, by, sounds, { startAt: now + LEAD_MS, ...rest, dispatch: { issuedAt: now, ...rest.dispatch } });
  }
}
