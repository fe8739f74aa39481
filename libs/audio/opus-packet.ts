/** Samples per frame at 48 kHz by the TOC byte's configuration number (RFC 6716 3.1, table 2). */
function frameSamples(config: number): number {
  if (config < 12) return [480, 960, 1920, 2880][config % 4] ?? 0;
  if (config < 16) return config % 2 === 0 ? 480 : 960;
  return [120, 240, 480, 960][config % 4] ?? 0;
}

/**
 * How many 48 kHz samples a packet decodes to, or undefined when the packet is empty, claims no frames
 * or more than 120 ms (RFC 6716 3.4 R1, R5).
 */
export function opusPacketSamples(packet: Uint8Array): number | undefined {
  const toc = packet[0];
  if (toc === undefined) return undefined;
  const code = toc & 3;
  const second = packet[1];
  if (code === 3 && second === undefined) return undefined;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (second ?? 0) & 0x3f;
  const samples = frames * frameSamples(toc >> 3);
  return samples > 0 && samples <= 5760 ? samples : undefined;
}
