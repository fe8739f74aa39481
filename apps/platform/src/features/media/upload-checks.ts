import type { RecordingChecks } from '#libs/audio';
import type { UploadChecks } from '#libs/contracts';

/** One clipped run is a click; from this on people hear it. */
const CLIPPED_SAMPLES = 48;
const MOSTLY = 0.5;
const LONG_SILENCE_MS = 10_000;
/** Levelled by so much, the room's noise comes with it, LUFS. */
const VERY_QUIET_LUFS = -45;

/** What the person who brings a recording is told of it, with a warning for what will sound badly. Nothing here refuses. */
export function uploadChecks(checks: RecordingChecks): UploadChecks {
  const { integratedLufs, truePeakDbtp, silentShare, longestSilenceMs, clippedSamples } = checks;
  const warnings: UploadChecks['warnings'][number][] = [];
  if (clippedSamples >= CLIPPED_SAMPLES) warnings.push('CLIPPED');
  if (silentShare > MOSTLY) warnings.push('MOSTLY_SILENT');
  if (longestSilenceMs >= LONG_SILENCE_MS) warnings.push('LONG_SILENCE');
  if (integratedLufs < VERY_QUIET_LUFS) warnings.push('VERY_QUIET');
  return { integratedCentiLufs: centi(integratedLufs), truePeakCentiDbtp: centi(truePeakDbtp), silentPermille: Math.round(silentShare * 1_000), longestSilenceMs, clippedSamples, warnings };
}

/** Silence measures as minus infinity, which no integer column holds: -120 dB stands for it. */
export function centi(decibels: number): number {
  return Math.round(Math.max(decibels, -120) * 100);
}
