const MARK = Buffer.from([0xa5, 0x5a, 0xc3, 0x3c, 0x96, 0x69, 0xf0, 0x0f]);
const STAMP_BYTES = MARK.length + 12;
const NOTHING = Buffer.alloc(0);

/** The first packet of a block tells when the block left its source (Unix ms, with fractions) and its number. */
export function stampInto(packet: Buffer, sentAt: number, seq: number): void {
  const at = MARK.copy(packet, 1) + 1;
  packet.writeDoubleBE(sentAt, at);
  packet.writeUInt32BE(seq, at + 8);
}

/**
 * Finds stamps in a stream of bytes, whatever protocol is around them and however it was cut up: what counts blocks is then
 * the same for every system.
 */
export class StampReader {
  private rest: Buffer = NOTHING;

  constructor(private readonly found: (sentAt: number, seq: number) => void) {}

  read(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(MARK); ; at = bytes.indexOf(MARK, from)) {
      if (at < 0) break;
      if (at + STAMP_BYTES > bytes.length) {
        this.rest = bytes.subarray(at);
        return;
      }
      this.found(bytes.readDoubleBE(at + MARK.length), bytes.readUInt32BE(at + MARK.length + 8));
      from = at + STAMP_BYTES;
    }
    // The beginning of a mark may stand at the very end.
    const tail = bytes.subarray(Math.max(from, bytes.length - MARK.length + 1));
    const begins = tail.indexOf(MARK.subarray(0, 1));
    this.rest = begins < 0 ? NOTHING : tail.subarray(begins);
  }
}
