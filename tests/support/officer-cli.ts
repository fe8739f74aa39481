import { ApiClient, CliError, systemClock, readConfig, type Context } from '../../apps/cli/src';
import { PASSWORD, type usePlatform } from './platform-server';

interface Ran { readonly code: number; readonly refusal: string | undefined; readonly out: string; readonly answer: unknown }

/**
 * One command line of a township's officer, at the server's time; `change` is what a server would show for /api/trust
 * that lies. A refusal is its code. `none`: a path where no session and no keys lie. `account`: who is signed in.
 */
export function officerCli(server: ReturnType<typeof usePlatform>, none: string) {
  return async (command: { run(args: readonly string[], context: Context): Promise<number> }, words: readonly string[], change: (view: object) => object = (view) => view, account = 't1-officer-1'): Promise<Ran> => {
    const config = readConfig({ CLARION_URL: server.base, CLARION_DEMO_KEYS: none, CLARION_SESSION: none });
    const clock = { ...systemClock, now: () => server.clock.now() };
    const api = new (class extends ApiClient {
      override async get<T>(at: string, schema: Parameters<typeof ApiClient.prototype.get<T>>[1]): Promise<T> {
        const answer = await super.get(at, schema);
        return at === '/api/trust' ? schema.parse(change(answer as object)) : answer;
      }
    })(config, clock);
    await api.signIn(account, PASSWORD);
    const [lines, answers]: [string[], unknown[]] = [[], []];
    const context: Context = { config, clock, api, json: false, say: (line) => lines.push(line), give: (value) => answers.push(value) };
    try {
      return { code: await command.run(words, context), refusal: undefined, out: lines.join('\n'), answer: answers[0] };
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return { code: error.exit, refusal: error.code, out: lines.join('\n'), answer: undefined };
    }
  };
}
