import type { Clock } from '../clock';
import type { DeviceLink } from '../socket/device-socket';
import { textFrame } from '../socket/wire-frame';

/** Answers a time probe at once: t2 is when the frame arrived, t3 when the answer is written, ms with fractions. */
export function answerTimeProbe(link: DeviceLink, clock: Clock, t1: number, arrivedAt: number): void {
  link.write(textFrame({ kind: 'time', t1, t2: arrivedAt, t3: clock.now() }));
}
