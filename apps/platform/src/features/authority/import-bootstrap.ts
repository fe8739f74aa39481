import { existsSync, readFileSync } from 'node:fs';
import { bootstrapSchema, type Bootstrap } from '#libs/contracts';
import { trustFromRoot } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { operationalError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';
import type { Accounts } from '../access';
import { acceptDocuments, rootDocument } from './accept-documents';
import { BootstrapSteps } from './authority';
import type { AuthorityStore } from './authority.store';
import type { RecordDocuments } from './record-documents';
import type { HistoryWatch } from './history-watch';
import type { RootPin } from './root-pin';

type Step = (tx: Tx, bootstrap: Bootstrap) => Promise<void>;

/** The steps of the features, in the order they were added. */
export class BootstrapStepList extends BootstrapSteps {
  private readonly steps: Step[] = [];

  override add(step: Step): void {
    this.steps.push(step);
  }

  async run(tx: Tx, bootstrap: Bootstrap): Promise<void> {
    for (const step of this.steps) await step(tx, bootstrap);
  }
}

/**
 * Reads `$CLARION_DATA/bootstrap.json` once, when the database knows no document yet: root, charters, rosters,
 * accounts, terminals and map, in one transaction. Refuses BOOTSTRAP_INVALID (shape), BOOTSTRAP_DEMO (a demo file on a
 * real server, or a real root on a demo), BOOTSTRAP_REFUSED with the verifier's code.
 */
export class ImportBootstrap {
  constructor(
    private readonly file: string,
    private readonly demo: boolean,
    private readonly store: AuthorityStore,
    private readonly record: RecordDocuments,
    private readonly accounts: Accounts,
    private readonly steps: BootstrapStepList,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly scope: Scope,
    private readonly pin: RootPin,
    private readonly history: Pick<HistoryWatch, 'beginAnew'>,
  ) {}

  /** True when something was imported. The file's root becomes the pinned one: whoever begins anew says so with it. */
  async run(): Promise<boolean> {
    const rootKeyIds = await this.transactions.run(async (tx) => {
      await this.store.lockDocuments(this.scope, tx);
      if ((await this.store.documentsAfter(this.scope, 0, tx)).length > 0 || !existsSync(this.file)) return undefined;
      return this.import(tx, this.read());
    });
    if (rootKeyIds === undefined) return false;
    this.pin.write(rootKeyIds);
    this.history.beginAnew();
    return true;
  }

  private read(): Bootstrap {
    let parsed: unknown;
    try {
      parsed = JSON.parse(readFileSync(this.file, 'utf8'));
    } catch (cause) {
      throw operationalError('BOOTSTRAP_INVALID', `${this.file} cannot be read as JSON.`, { cause });
    }
    const bootstrap = bootstrapSchema.safeParse(parsed);
    if (!bootstrap.success) {
      const paths = bootstrap.error.issues.slice(0, 20).map((issue) => issue.path.join('.')).join(', ');
      throw operationalError('BOOTSTRAP_INVALID', `${this.file} is not a bootstrap file; look at: ${paths}.`);
    }
    if (bootstrap.data.demo !== this.demo) {
      throw operationalError('BOOTSTRAP_DEMO', this.demo ? 'A demo server takes no real bootstrap file.' : 'A real server takes no demo bootstrap file.');
    }
    return bootstrap.data;
  }

  private async import(tx: Tx, bootstrap: Bootstrap): Promise<readonly string[]> {
    const now = this.clock.now();
    const root = trustFromRoot(bootstrap.root, { demo: this.demo });
    if (!root.ok && root.at === 'demo') throw operationalError('BOOTSTRAP_DEMO', 'The root is of the other kind: a demo takes demo roots only, a real server real ones only.');
    if (!root.ok) throw operationalError('BOOTSTRAP_REFUSED', `The root is refused: ${root.code}.`);
    const accepted = acceptDocuments(root.value, [...bootstrap.charters, ...bootstrap.rosters], {
      now, by: 'bootstrap', words: ['charter', 'roster'], covers: () => true,
    });
    if (!accepted.ok) {
      const faults = accepted.faults.slice(0, 10).map((fault) => `${fault.path} ${fault.code}`).join(', ');
      throw operationalError('BOOTSTRAP_REFUSED', `Documents of the bootstrap file are refused: ${faults}.`);
    }
    await this.accounts.add(tx, bootstrap.accounts);
    await this.record.run(tx, accepted.value.state, [rootDocument(root.value.root, root.value.root.envelope, now, 'bootstrap'), ...accepted.value.documents]);
    await this.store.keepMap(this.scope, tx, JSON.stringify(bootstrap.map));
    await this.steps.run(tx, bootstrap);
    return root.value.root.value.keys.map((key) => key.keyId);
  }
}
