import type { Permit } from '#libs/contracts';

const CST_MS = 8 * 3_600_000;
const VOLUMES: Readonly<Record<Permit['volume'], string>> = { low: '低', normal: '中', high: '高', full: '最大' };

/** What somebody signs with a permit, each term on a line, Chinese and English: from its own fields and nothing else. */
export function sayPermit({ platform, clerk, dayBand, maxDurationMs, perDay, volume, notBefore, notAfter }: Permit): readonly { readonly zh: string; readonly en: string }[] {
  const band = `${clock(dayBand.fromMinute)}-${clock(dayBand.toMinute)}`;
  const longest = spanOf(maxDurationMs);
  return [
    { zh: `${platform} 的 ${clerk} 可以单独签名，在本村大喇叭播放自己的录音或现场喊话，无需他人签发`, en: `${clerk} of ${platform} may put recordings and the own living voice on this village's loudspeakers alone: nobody else is asked` },
    { zh: '只限村务治理类；不得鸣警报，不得播机器语音', en: 'class governance only; no siren, no machine\'s voice' },
    { zh: `每天 ${band}（北京时间）之内开始并结束`, en: `begun and ended between ${band} (China Standard Time)` },
    { zh: `每条连重播最长 ${longest.zh}，每个喇叭每天最多 ${perDay} 条，音量不超过“${VOLUMES[volume]}”`, en: `${longest.en} at most with its repetitions, ${perDay} a day at most on each loudspeaker, volume ${volume} at most` },
    { zh: `自 ${day(notBefore)} 至 ${day(notAfter)}（北京时间）`, en: `from ${day(notBefore)} until ${day(notAfter)} (China Standard Time)` },
  ];
}

/** In minutes where they are whole, and to the millisecond otherwise. */
function spanOf(ms: number): { readonly zh: string; readonly en: string } {
  const minutes = ms / 60_000;
  return Number.isInteger(minutes) ? { zh: `${minutes} 分钟`, en: `${minutes} min` } : { zh: `${ms / 1_000} 秒`, en: `${ms / 1_000} s` };
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

function day(at: number): string {
  return new Date(at + CST_MS).toISOString().slice(0, 16).replace('T', ' ');
}
