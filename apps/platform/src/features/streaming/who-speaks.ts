import { Injectable } from '@nestjs/common';
import { plainText, type PersonId, type PlatformId } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import { Accounts, serverScope } from '../access';

const HOLDER_CHARS = 80;
const holderSchema = plainText(HOLDER_CHARS).min(1);

/** Persons as people know them: by the title of their account, else by their id. */
@Injectable()
export class WhoSpeaks {
  private readonly scope = serverScope('says who speaks');

  constructor(private readonly accounts: Accounts) {}

  /** Read within `tx` when given. */
  async titles(tx?: Tx): Promise<(platform: PlatformId, person: PersonId) => string> {
    const accounts = await this.accounts.list(this.scope, tx);
    return (platform, person) => {
      const title = accounts.find((one) => one.platform === platform && one.person === person)?.title ?? '';
      const parsed = holderSchema.safeParse(title);
      return parsed.success ? parsed.data : person;
    };
  }

  async title(platform: PlatformId, person: PersonId, tx?: Tx): Promise<string> {
    return (await this.titles(tx))(platform, person);
  }
}
