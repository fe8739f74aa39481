import { join } from 'node:path';
import { approvalSchema, dispatchSchema, envelopeSchema, messageSchema, type Approval, type Dispatch, type EnvelopeShape, type Message, type Order } from '#libs/contracts';
import { encodePayload, fromBase64, parseStrictJson, toBase64 } from '#libs/envelope';
import { generateKey, sha256Hex, signEnvelope, type Signer } from '#libs/suites';
import { DemoKeyFolder, serverKey, systemClock, type CliConfig } from '../../../cli/src';

/**
 * What a thief may hold: any person's key file, any dispatcher key, any recorded order. Builds orders that are right in
 * every part but the one under attack. Exists only in the demo, whose keys lie on this machine.
 */
export class StolenKeys {
  private constructor(private readonly folder: DemoKeyFolder, private readonly config: CliConfig, readonly attacker: Signer) {}

  static async open(config: CliConfig): Promise<StolenKeys> {
    const attacker = (await generateKey('ed25519')).signer;
    return new StolenKeys(await DemoKeyFolder.open(config.demoKeysDir, systemClock), config, attacker);
  }

  person(platform: string, person: string): Promise<Signer> {
    return this.folder.signer(join('people', platform, person));
  }

  officer(platform: string, person: string): Promise<Signer> {
    return this.folder.signer(join('officers', platform, person));
  }

  /** One of the three keys of the root, from 1. */
  root(nth: number): Promise<Signer> {
    return this.folder.signer(join('root', String(nth)));
  }

  dispatcher(platform: string): Promise<Signer> {
    return serverKey(this.config.keysDir, `${platform}.dispatcher`);
  }
}

/** A recorded order with its payloads read. */
export interface Recorded {
  readonly order: Order;
  readonly message: Message;
  readonly approvals: readonly Approval[];
  readonly dispatch: Dispatch;
}

export function readPayload(envelope: EnvelopeShape): unknown {
  const parsed = parseStrictJson(fromBase64(envelope.payload) ?? new Uint8Array());
  return parsed.ok ? parsed.value : undefined;
}

export function recorded(order: Order): Recorded {
  return {
    order,
    message: messageSchema.parse(readPayload(order.message)),
    approvals: order.approvals.map((approval) => approvalSchema.parse(readPayload(approval))),
    dispatch: dispatchSchema.parse(readPayload(order.dispatch)),
  };
}

export function payloadDigest(envelope: EnvelopeShape): string {
  return sha256Hex(fromBase64(envelope.payload) ?? new Uint8Array());
}

export async function signed(word: string, value: Message | Approval | Dispatch, ...signers: Signer[]): Promise<EnvelopeShape> {
  return envelopeSchema.parse(await signEnvelope(word, encodePayload(value), signers));
}

/** The same envelope saying something else: other payload, old signatures. */
export function withPayload(envelope: EnvelopeShape, value: Message | Approval | Dispatch): EnvelopeShape {
  return { ...envelope, payload: toBase64(encodePayload(value)) };
}

/** Approvals of exactly this message by these people. */
export async function approvalsOf(message: EnvelopeShape, base: Approval, signers: readonly { readonly person: string; readonly signer: Signer }[]): Promise<EnvelopeShape[]> {
  const digest = payloadDigest(message);
  const made: EnvelopeShape[] = [];
  for (const { person, signer } of signers) {
    made.push(await signed('approval', approvalSchema.parse({ ...base, person, messageDigest: digest, displayedDigest: digest }), signer));
  }
  return made;
}

/** A dispatch of these parts by a stolen dispatcher, otherwise like the recorded one. */
export async function dispatchOf(base: Dispatch, message: EnvelopeShape, approvals: readonly EnvelopeShape[], dispatcher: Signer, change: Partial<Dispatch> = {}): Promise<Order> {
  const now = systemClock.now();
  const dispatch = dispatchSchema.parse({
    ...base, dispatchId: systemClock.uuid7(), messageDigest: payloadDigest(message), approvals: approvals.map(payloadDigest).sort(),
    seq: base.seq + 1 + Math.floor(now % 500), issuedAt: now, startAt: now + 700, ...change,
  });
  return { dispatch: await signed('dispatch', dispatch, dispatcher), message, approvals: [...approvals] };
}
