import { buildWorld, type World } from '../trust-builder';
import { FakeMedia, type TestSound } from './fake-media';
import { TestTerminal, type TestTerminalOptions } from './test-terminal';

/** Where a spec's terminals stand. Valid from beforeAll (`world`) and beforeEach (`media`) on. */
export interface TestScene {
  /** The signed district, the same for the whole file. */
  readonly world: World;
  /** The media server, new for every test. */
  readonly media: FakeMedia;
  /** A terminal of that world and media that has enrolled and is ready. */
  ready(options?: TestTerminalOptions): Promise<TestTerminal>;
  /** The same, only booted: nothing of the district is known to it. */
  make(options?: TestTerminalOptions): Promise<TestTerminal>;
}

/** Registers beforeAll and beforeEach: at the top of a spec, `const scene = useTestScene(siren, speech);` serves these sounds. */
export function useTestScene(...sounds: readonly TestSound[]): TestScene {
  let world: World | undefined;
  let media = new FakeMedia();
  const standing = (): World => {
    if (world === undefined) throw new Error('useTestScene: the world is there from beforeAll on');
    return world;
  };
  beforeAll(async () => { world = await buildWorld(); });
  beforeEach(() => {
    media = new FakeMedia();
    for (const sound of sounds) media.put(sound);
  });
  return {
    get world() { return standing(); },
    get media() { return media; },
    ready: (options = {}) => TestTerminal.ready(standing(), { media, ...options }),
    make: (options = {}) => TestTerminal.make(standing(), { media, ...options }),
  };
}
