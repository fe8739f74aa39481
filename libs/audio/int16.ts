/** Rounds to 16 bit and clamps at full scale. */
export function toInt16(samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index += 1) {
    const scaled = (samples[index] ?? 0) * 32767;
    // The conversion to an integer cuts towards zero; a NaN becomes 0.
    out[index] = scaled >= 32767 ? 32767 : scaled <= -32767 ? -32767 : scaled < 0 ? scaled - 0.5 : scaled + 0.5;
  }
  return out;
}
