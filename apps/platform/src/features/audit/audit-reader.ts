import type { PlatformId } from '#libs/contracts';
import type { Scope } from '../../kernel/scope';
import type { SignedHead } from './audit';
import type { AuditStore } from './audit.store';

export interface LeafView {
  readonly seq: number;
  readonly kind: string;
  readonly leafHash: string;
  readonly body: unknown;
}

/** What an auditor reads. */
export class AuditReader {
  constructor(private readonly store: AuditStore) {}

  async heads(scope: Scope): Promise<readonly SignedHead[]> {
    return (await this.store.latestHeads(scope)).heads;
  }

  async leaves(scope: Scope, platform: PlatformId, from: number, count: number): Promise<readonly LeafView[]> {
    const leaves = await this.store.leaves(scope, platform, from, count);
    return leaves.map(({ seq, kind, leafHash, body }) => ({ seq, kind, leafHash, body: JSON.parse(body) }));
  }
}
