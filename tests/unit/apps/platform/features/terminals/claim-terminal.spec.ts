import type { SoftwareAlg } from '#libs/suites';
import { ClaimTerminal } from '../../../../../../apps/platform/src/features/terminals/claim-terminal';
import { allIn, buildWorld, makeKey, NOW, type Suites } from '../../../../../support/trust-builder';

/** A platform of this profile where no claim code is known: a key that it takes gets as far as that. */
async function answerTo(suites: Suites, alg: SoftwareAlg): Promise<string> {
  const world = await buildWorld({ suites });
  const store = { lockByClaimCode: () => Promise.resolve(undefined) };
  const trust = { isReady: () => true, state: () => world.trust, platforms: () => [] };
  const transactions = { run: (act: (tx: object) => Promise<unknown>) => act({}) };
  const parts = [store, transactions, { now: () => NOW }, {}, {}, trust, {}] as unknown as ConstructorParameters<typeof ClaimTerminal>;
  const answer = await new ClaimTerminal(...parts).run({ code: '0'.repeat(16), physicalCode: 'DEMO', key: (await makeKey(alg)).record });
  return answer.ok ? 'ok' : answer.code;
}

describe('claiming a terminal', () => {
  it.each<[string, Suites, SoftwareAlg]>([['open', allIn('ed25519'), 'ed25519'], ['gm', allIn('sm2-sm3'), 'sm2-sm3']])('in profile %s takes devices of its own suite alone', async (_, suites, own) => {
    for (const alg of ['ed25519', 'es256', 'sm2-sm3'] as const) expect([alg, await answerTo(suites, alg)]).toEqual([alg, alg === own ? 'CLAIM_UNKNOWN' : 'CLAIM_KEY_WEAK']);
  });
});
