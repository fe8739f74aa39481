import { createSystemClock, type Clock } from '../../../apps/gateway/src/clock';
import { readConfig } from '../../../apps/gateway/src/config';
import { Gateway } from '../../../apps/gateway/src/gateway';
import { answerQuestions, settingOf } from '../live/child';

export interface GatewaySetting {
  readonly dataDir: string;
  readonly port: number;
  /** From the machine's time to the district's, in which its papers are in force, ms. */
  readonly shiftMs: number;
}

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: console.error };

/** The gateway as it is, over TLS, at the district's time. Its certificate is of the machine's time, by which TLS goes. */
async function main(): Promise<void> {
  const { dataDir, port, shiftMs } = settingOf<GatewaySetting>();
  const config = readConfig({ CLARION_DATA: dataDir, CLARION_DEVICE_PORT: String(port) });
  const clock = createSystemClock();
  const certified = new Gateway(config, clock, log);
  await certified.start();
  await certified.stop();
  const district: Clock = { ...clock, now: () => clock.now() + shiftMs };
  const gateway = new Gateway(config, district, log);
  const started = gateway.start();
  answerQuestions({ start: () => started });
}

if (require.main === module) void main();
