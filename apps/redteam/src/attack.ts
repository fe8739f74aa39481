import type { SeededRandom } from '../../../tests/support/seeded-random';
import type { Lab } from './lab';
import type { Range } from './range';

/**
 * Where a family is tried: `admit` is the terminal's decision alone, `files` what lies in the repository or in an exported
 * file, `agent` whole terminals in this process on a driven clock, `district` the running processes.
 */
export type Where = 'admit' | 'files' | 'agent' | 'district';

/** One row of the report. `alarmed` is null where there is no platform that could hear of it. */
export interface AttackRow {
  readonly family: string;
  readonly threat: string;
  readonly where: Where;
  readonly tried: number;
  readonly refused: number;
  readonly rightCode: number;
  readonly sounded: number;
  /** What was neither refused nor sounded: let in, taken, unnoticed, or without an answer. */
  readonly through: number;
  readonly alarmed: number | null;
  /** The genuine thing that must go through beside the attack: without it a dead district would pass. */
  readonly controls: readonly { readonly name: string; readonly ok: boolean }[];
  /** What the design lets such an attacker do, shown to be just that: each is a control as well. */
  readonly admitted: readonly string[];
  /** Up to twenty attempts that were not refused as they should be. */
  readonly wrong: readonly string[];
  readonly ms: number;
}

/** What a family works with. */
export interface Scene {
  readonly tally: Tally;
  readonly random: SeededRandom;
  /** Divides how much is tried: 1 for the standard size, more for the small one. */
  readonly thin: number;
  /** Everything there is, instead of a sample. */
  readonly whole: boolean;
  readonly lab: Lab;
  /** The running district; asked for by families of `where: 'district'` only. */
  readonly range: Range;
}

/** A kind of attack: a row of the threat model, and a program that tries it. */
export interface Family {
  readonly family: string;
  readonly threat: string;
  readonly where: Where;
  run(scene: Scene): Promise<void>;
}

const KEPT = 20;
/** A refusal by another code than the right one is a refusal; every other answer that was not said to be right is none. */
const REFUSAL = /^(?!ACCEPTED|UNEXPECTED)[A-Z][A-Z0-9_]{2,}( |$)|^4\d\d$/;

/** Counts the attempts of one family. */
export class Tally {
  private tried = 0;
  private refused = 0;
  private right = 0;
  private sounded = 0;
  private through = 0;
  private alarms: number | null = null;
  private readonly controls: { readonly name: string; readonly ok: boolean }[] = [];
  private readonly exceptions: string[] = [];
  private readonly wrong: string[] = [];

  /** One attempt: `outcome` is the code that refused it, `play` when it sounded or would, or what else came of it; `codes`, stated before, are those that are right. */
  judged(name: string, outcome: string, codes: readonly string[]): void {
    this.tried += 1;
    if (outcome === 'play') this.sounded += 1;
    else if (codes.includes(outcome) || REFUSAL.test(outcome)) this.refused += 1;
    else this.through += 1;
    if (codes.includes(outcome)) this.right += 1;
    else if (this.wrong.length < KEPT) this.wrong.push(`${name}: ${outcome} instead of ${codes.join(' or ')}`);
  }

  /** Sounds that the cards recorded beside those that were judged one by one. */
  heard(name: string, count: number): void {
    this.sounded += count;
    if (count > 0 && this.wrong.length < KEPT) this.wrong.push(`${name}: ${count} sounded`);
  }

  alarmed(count: number): void {
    this.alarms = (this.alarms ?? 0) + count;
  }

  control(name: string, ok: boolean): void {
    this.controls.push({ name, ok });
  }

  /** Something that this attacker can do by design; `ok` that he can, as it is said. */
  admitted(name: string, ok: boolean): void {
    if (!this.exceptions.includes(name)) this.exceptions.push(name);
    this.control(`admitted: ${name}`, ok);
  }

  row({ family, threat, where }: Family, ms: number): AttackRow {
    return {
      family, threat, where, tried: this.tried, refused: this.refused, rightCode: this.right, sounded: this.sounded, through: this.through, alarmed: this.alarms,
      controls: this.controls, admitted: this.exceptions, wrong: this.wrong, ms,
    };
  }
}
