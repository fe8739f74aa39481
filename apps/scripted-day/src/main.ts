import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { knownAnswerGate } from '#libs/suites';
import type { RunningSystem } from '../../supervisor/src/system';
import { Checks } from './checks';
import { playDay } from './day';
import { makeSetting, PORT_OFFSET } from './config';

const DIST = path.resolve(__dirname, '../../..');
const USAGE = 'usage: npm run demo -- [--once] [--json FILE] [--heard FOLDER] [--small] [--port-offset N] [--keep]';

/**
 * `npm run demo`: the scripted day on its own ports and folder. With --once it stops afterwards; without, the district
 * stays up until Ctrl-C. Exit 0 only when every check held.
 */
export async function main(args: readonly string[]): Promise<number> {
  const say = (line: string): void => { process.stdout.write(`${line}\n`); };
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: {
      once: { type: 'boolean' }, json: { type: 'string' }, heard: { type: 'string' }, small: { type: 'boolean' }, 'port-offset': { type: 'string' }, keep: { type: 'boolean' },
    } }));
  } catch {
    say(USAGE);
    return 2;
  }
  knownAnswerGate();
  const setting = makeSetting(Number(values['port-offset'] ?? PORT_OFFSET));
  const checks = new Checks(say);
  let running: Promise<RunningSystem> | undefined;
  const interrupted = new Promise<void>((resolve) => { for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => { resolve(); }); });
  try {
    const played = await Promise.race([playDay(setting, DIST, values.small === true, checks, say, (system) => { running = system; }, interrupted, values.heard), interrupted]);
    if (played === undefined) return 130;
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ ...played, checks: checks.all() }, null, 2)}\n`);
    const failed = checks.all().filter((check) => !check.ok);
    say(`${checks.all().length - failed.length} of ${checks.all().length} checks held${failed.map((check) => `\n  FAIL ${check.name}: ${check.detail}`).join('')}`);
    if (values.once !== true) {
      say(`the district stays up on http://localhost:${setting.supervisor.platform.ports.console}; Ctrl-C ends it`);
      await interrupted;
    }
    return checks.held() ? 0 : 1;
  } catch (error) {
    say(error instanceof Error ? error.stack ?? error.message : String(error));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ checks: [...checks.all(), { name: 'the day was played to its end', ok: false, detail: String(error) }] }, null, 2)}\n`);
    return 1;
  } finally {
    // A start that was broken off has ended what it started; the day may have begun its second one meanwhile.
    for (let ended: typeof running; ended !== running;) {
      ended = running;
      await (await ended?.catch(() => undefined))?.stop();
    }
    if (values.keep === true) say(`kept: ${setting.dir}`);
    else setting.remove();
  }
}
