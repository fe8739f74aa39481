import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LIMITS, PAYLOADS, refusalCodeSchema, failureReasonSchema, serverFrameSchema, terminalFrameSchema } from '#libs/contracts';
import { CLASSES, VOLUME_DB } from '#libs/domain';
import { sha256Hex } from '#libs/suites';
import { LINK_CODES } from '../../../../apps/gateway/src/socket/link-codes';

const root = path.join(__dirname, '../../../..');
const page = readFileSync(path.join(root, 'docs/protocol.md'), 'utf8');
const blocks = [...page.matchAll(/^```json (from-terminal|to-terminal|payload [a-z]+)\n([\s\S]*?)^```$/gm)].map(([, mark = '', text = '']) => ({ mark, value: JSON.parse(text) as unknown }));

describe('docs/protocol.md', () => {
  it.each(blocks.map(({ mark, value }, index) => [`${index + 1}: ${mark}`, mark, value] as const))('shows an example that the contract takes, %s', (_name, mark, value) => {
    const word = mark.split(' ')[1];
    const schema = mark === 'from-terminal' ? terminalFrameSchema : mark === 'to-terminal' ? serverFrameSchema : PAYLOADS[word as keyof typeof PAYLOADS];
    const parsed = (schema as { safeParse(value: unknown): { success: boolean; error?: unknown } }).safeParse(value);
    expect(parsed.error).toBeUndefined();
  });

  it('shows every frame and every payload', () => {
    const shown = (mark: string) => new Set(blocks.filter((block) => block.mark === mark).map(({ value }) => (value as { kind: string }).kind));
    expect([...shown('from-terminal')].sort()).toEqual(terminalFrameSchema.options.map((option) => option.shape.kind.value).sort());
    expect([...shown('to-terminal')].sort()).toEqual(serverFrameSchema.options.map((option) => option.shape.kind.value).sort());
    const words = blocks.filter(({ mark }) => mark.startsWith('payload ')).map(({ mark }) => mark.slice(8));
    expect(words.sort()).toEqual(Object.keys(PAYLOADS).filter((word) => word !== 'head').sort());
  });

  it('explains every code that the gateway closes with, with its close code', () => {
    for (const [code, close] of Object.entries(LINK_CODES)) expect(page).toMatch(new RegExp(`^\\| \`${code}\` \\| ${close} \\|`, 'm'));
  });

  it('names every refusal code a terminal can give and every failure reason', () => {
    // Families that the admit table writes with a star, and what only a platform says.
    const elsewhere = /^REJ_(APPROVAL_MISSING|COUNTER|VERSION_ROLLBACK|THRESHOLD)$/;
    for (const code of refusalCodeSchema.options) if (!elsewhere.test(code) && code !== 'REJ_MEDIA_MISSING') expect(page).toContain(code);
    for (const reason of failureReasonSchema.options) expect(page).toContain(reason);
  });

  it('tells the limits as they are', () => {
    const number = (value: number) => value.toLocaleString('en-US');
    for (const limit of [LIMITS.deviceFrameBytes, LIMITS.payloadBytes, LIMITS.charterBytes, LIMITS.rosterBytes, LIMITS.seqWindow, LIMITS.seqJump, LIMITS.uploadBytes]) {
      expect(page).toContain(number(limit));
    }
    expect(page).toContain(`| frames to the gateway | ${LIMITS.deviceFramesPerSecond} a second |`);
    expect(page).toContain(`| orders examined | ${LIMITS.ordersPerSecond} a second |`);
    expect(page).toContain(`| segments, repeats, approvals | ${LIMITS.segments}, ${LIMITS.repeats}, ${LIMITS.approvals} |`);
    expect(page).toContain(`| target areas, terminals | ${LIMITS.targetsAreas}, ${LIMITS.targetsTerminals} |`);
    expect(page).toContain(`| exchange, offline after | ${LIMITS.exchangeEveryMs / 1000} s, ${LIMITS.offlineAfterMs / 1000} s |`);
  });

  it('tells the class table and the volume bands as they are', () => {
    for (const [name, { rank, opensWith, maxWindowMs }] of Object.entries(CLASSES)) {
      const hours = maxWindowMs / 3_600_000;
      const window = hours > 72 ? `${hours / 24} days` : `${hours} h`;
      expect(page).toMatch(new RegExp(`^\\| ${name} \\| ${rank} \\| [^|]+ \\| ${opensWith ?? 'any'} \\| ${window} \\|$`, 'm'));
    }
    for (const [band, gain] of Object.entries(VOLUME_DB)) expect(page).toContain(`\`${band}\` ${gain} dB`);
  });

  it('works its example from the vectors', () => {
    const { key, envelope, hello, claim } = JSON.parse(readFileSync(path.join(root, 'tests/vectors/protocol/signing.json'), 'utf8'));
    for (const text of [key.keyId, key.spki, envelope.payloadText, envelope.pae.bytesHex, envelope.pae.sig, hello.bytesHex, hello.sig, claim.bytesHex, claim.sig]) {
      expect(page).toContain(text);
    }
    const ids = ['0197a3b0-0009-7000-8000-000000000009', '0197a3b0-000b-7000-8000-00000000000b'].join('\n');
    expect(page).toContain(sha256Hex(new TextEncoder().encode(ids)));
    expect(page).toContain(sha256Hex(new Uint8Array()));
  });

  it('leads nowhere that does not exist', () => {
    for (const [, target = ''] of page.matchAll(/\]\(#([^)]+)\)/g)) {
      const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replace(/[^a-z0-9 -]/g, '').replace(/ /g, '-'));
      expect(anchors).toContain(target);
    }
    for (const [, file = ''] of page.matchAll(/`(tests\/vectors\/[a-z/.]+|libs\/[a-z/.]+)`/g)) expect(() => readFileSync(path.join(root, file))).not.toThrow(/ENOENT/);
  });
});
