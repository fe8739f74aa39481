import type { PersonId, PlatformId, TemplateBody } from '#libs/contracts';
import type { Tx } from '../../../kernel/database';
import type { Scope } from '../../../kernel/scope';

export interface WrittenTemplate {
  readonly id: string;
  readonly version: number;
  readonly body: TemplateBody;
  readonly writtenBy: PersonId;
  readonly writtenAt: number;
}

export interface TemplateStore {
  /** Every version that people of this platform wrote. */
  written(scope: Scope, platform: PlatformId): Promise<readonly WrittenTemplate[]>;
  /** Which version is used, of those that were ever switched; null is switched off. */
  used(scope: Scope, platform: PlatformId): Promise<ReadonlyMap<string, number | null>>;
  /** False when this version is there already. */
  add(scope: Scope, tx: Tx, platform: PlatformId, template: WrittenTemplate): Promise<boolean>;
  use(scope: Scope, tx: Tx, platform: PlatformId, id: string, version: number | null, by: PersonId, at: number): Promise<void>;
}
export const TEMPLATE_STORE = Symbol('TEMPLATE_STORE');
