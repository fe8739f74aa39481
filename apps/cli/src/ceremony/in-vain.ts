import { LIMITS } from '#libs/contracts';
import { contentFault, type TrustState } from '#libs/trust';
import { CliError } from '../cli-error';
import { titleOf, type Paper } from './paper';

const CST_MS = 8 * 3_600_000;

/**
 * Whether everybody would refuse this paper whoever signs it, as far as `trust` tells. Refuses WOULD_BE_REFUSED with the
 * verifier's code and place, and PAPER_OVER where it has ended by this machine's clock: nobody shall come a second time
 * because of a slip of the hand.
 */
export function inVain(paper: Paper, trust: TrustState | undefined, now: number): void {
  const fault = contentFault(trust, paper);
  if (fault !== undefined) {
    throw new CliError('WOULD_BE_REFUSED', `${titleOf(paper)} (${paper.file}) would be refused by everybody, whoever signs it: ${fault.code}${fault.at === undefined ? '' : ` at ${fault.at}`}; nothing was signed`);
  }
  refuseOver(paper, now);
}

/** Refuses PAPER_OVER. */
export function refuseOver(paper: Paper, now: number): void {
  const { expiresAt } = paper.value;
  if (expiresAt <= now) throw new CliError('PAPER_OVER', `${titleOf(paper)} (${paper.file}) ended on ${sayTime(expiresAt)}, and this machine's clock says ${sayTime(now)}: draft it anew, or set the clock / 文件已过期，请核对日期与本机时钟`);
}

/** A line where the paper is dated ahead of this machine: one of the two clocks is wrong. */
export function sayClock(paper: Paper, now: number): readonly string[] {
  return paper.value.issuedAt <= now + LIMITS.earlyMs ? [] : [`  ‼ it is dated ahead: this machine's clock says ${sayTime(now)} / 文件日期晚于本机时钟，请核对`];
}

/** In China Standard Time. */
export function sayTime(at: number): string {
  return new Date(at + CST_MS).toISOString().slice(0, 16).replace('T', ' ');
}
