import { createHash } from 'node:crypto';
import { pagesBuildSchema, type Digest, type PagesBuild, type SigningPagesView } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import type { Trust } from './authority';
import type { SigningPagesStore } from './signing-pages.store.pg';

const LIMITS = { answerMs: 5_000, manifestBytes: 65_536, bundleBytes: 4_000_000 } as const;
/** Every file is fetched again after so many looks, also when the manifest says that nothing changed. */
const WHOLE_EVERY = 15;

/** What the leaf of a build is about. */
export const PAGES_SUBJECT = 'signing-pages';

/**
 * Looks at the signing pages as a browser gets them: fetches their build.json and every file that it names, and hashes
 * them. A build that was not seen before is an audit leaf of the district (`pages.build`), as is one whose files are not
 * those of its manifest (`pages.altered`). What a browser on the other side of the network is given nobody here can see;
 * a page that signs claims its own build (docs/signing-pages.md).
 */
export class SigningPages {
  private view: SigningPagesView['watched'] = null;
  private looks = 0;

  constructor(
    private readonly origin: string | null,
    private readonly trust: Trust,
    private readonly store: SigningPagesStore,
    private readonly transactions: Transactions,
    private readonly leaves: Leaves,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly scope: Scope,
  ) {}

  watched(): SigningPagesView['watched'] {
    return this.view;
  }

  async look(): Promise<void> {
    if (this.origin === null || !this.trust.isReady()) return;
    const origin = this.origin;
    const lookedAt = Math.trunc(this.clock.now());
    let build: PagesBuild;
    try {
      build = pagesBuildSchema.parse(JSON.parse((await fetched(origin, 'build.json', LIMITS.manifestBytes)).toString('utf8')));
    } catch (cause) {
      if (this.view?.state !== 'unreachable') this.log.warn('authority.pages-unreachable', { origin }, cause);
      this.view = { origin, state: 'unreachable', hash: this.view?.hash ?? null, lookedAt };
      return;
    }
    const isKnown = this.view?.state === 'told' && this.view.hash === build.hash;
    this.looks += 1;
    const state = isKnown && this.looks % WHOLE_EVERY !== 0 ? 'told' : await hashOf(origin, build) === build.hash ? 'told' : 'altered';
    this.view = { origin, state, hash: build.hash, lookedAt };
    await this.tell(origin, build.hash, state);
  }

  /** One leaf for each change, also over a restart. */
  private async tell(origin: string, hash: Digest, state: 'told' | 'altered'): Promise<void> {
    const platform = this.trust.state().root.value.district;
    const kind = state === 'told' ? 'pages.build' : 'pages.altered';
    await this.transactions.run(async (tx) => {
      const last = await this.store.lastLeaf(this.scope, tx, platform, PAGES_SUBJECT);
      if (last?.kind === kind && last.facts['hash'] === hash && last.facts['origin'] === origin) return;
      await this.leaves.insert(tx, { platform, kind, subject: PAGES_SUBJECT, facts: { origin, hash } });
      this.log.info(`authority.${kind.replace('.', '-')}`, { origin, hash });
    });
  }
}

/** The build's hash from the files themselves. Files that are not there, or more of them than pages have, make another one. */
async function hashOf(origin: string, { files }: PagesBuild): Promise<string> {
  const lines: string[] = [];
  let left: number = LIMITS.bundleBytes;
  for (const { path } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const body = await fetched(origin, path, left).catch(() => Buffer.alloc(0));
    left -= body.length;
    lines.push(`${sha256(body)}  ${path}\n`);
  }
  return sha256(lines.join(''));
}

async function fetched(origin: string, path: string, mostBytes: number): Promise<Buffer> {
  const response = await fetch(new URL(path, `${origin}/`), { redirect: 'error', signal: AbortSignal.timeout(LIMITS.answerMs), headers: { 'cache-control': 'no-cache' } });
  if (!response.ok || response.body === null) throw new Error(`${path}: ${response.status}`);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response.body) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > mostBytes) throw new Error(`${path}: more than ${mostBytes} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
