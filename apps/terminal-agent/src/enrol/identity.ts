import { z } from 'zod';
import { softwareKeyRecordSchema, terminalIdSchema, type SoftwareKeyRecord, type TerminalId } from '#libs/contracts';
import { fromBase64, toBase64 } from '#libs/envelope';
import { generateKey, signerFromPkcs8, type Signer } from '#libs/suites';
import type { Disk } from '../hardware/disk';
import { stateFile, type StateFile } from '../hardware/state-file';

/** File `identity`: the device key, made here and never sent anywhere, and the id that the platform gave for the claim code. */
const identitySchema = z.strictObject({ key: softwareKeyRecordSchema, pkcs8: z.string(), terminal: terminalIdSchema.nullable() });
type IdentityState = z.infer<typeof identitySchema>;

/** Who this unit is. */
export class Identity {
  private constructor(private state: IdentityState, readonly signer: Signer, private readonly save: () => Promise<void>) {}

  get key(): SoftwareKeyRecord {
    return this.state.key;
  }

  /** Null until the claim code was accepted. */
  get terminal(): TerminalId | null {
    return this.state.terminal;
  }

  /** Durable when it resolves; where the disk refuses, nobody has become anything. */
  async becomes(terminal: TerminalId): Promise<void> {
    const before = this.state;
    this.state = { ...before, terminal };
    try {
      await this.save();
    } catch (cause) {
      this.state = before;
      throw cause;
    }
  }

  /** The key on this disk, or null when there is none that is whole. */
  static async load(disk: Disk): Promise<{ readonly kind: 'whole'; readonly identity: Identity } | { readonly kind: 'missing' | 'corrupt' }> {
    const read = await fileOf(disk, () => undefined).load();
    if (read.kind !== 'whole') return { kind: read.kind };
    const pkcs8 = fromBase64(read.value.pkcs8);
    if (pkcs8 === undefined) return { kind: 'corrupt' };
    return { kind: 'whole', identity: Identity.of(disk, read.value, signerFromPkcs8(read.value.key.alg, pkcs8)) };
  }

  /** A new key of the district's suite, at the first start of the unit (or when the old one was lost); durable when it resolves. */
  static async create(disk: Disk, alg: SoftwareKeyRecord['alg']): Promise<Identity> {
    const made = await generateKey(alg);
    const state: IdentityState = { key: softwareKeyRecordSchema.parse(made.key), pkcs8: toBase64(made.pkcs8), terminal: null };
    const identity = Identity.of(disk, state, made.signer);
    await identity.save();
    return identity;
  }

  private static of(disk: Disk, state: IdentityState, signer: Signer): Identity {
    const identity: Identity = new Identity(state, signer, () => file.save());
    const file = fileOf(disk, () => identity.state);
    return identity;
  }
}

function fileOf(disk: Disk, snapshot: () => IdentityState | undefined): StateFile<IdentityState> {
  return stateFile(disk, 'identity', identitySchema, () => identitySchema.parse(snapshot()));
}
