/** Sound as the system knows it: read, measured, made loud enough, encoded, decoded, generated. No ffmpeg, no clock, no files. */
export { SAMPLE_RATE, durationMsOf, joinPcm, pcmOf, silence, type Pcm } from './pcm';
export { DEFAULT_AUDIO_LIMITS, type AudioLimits } from './limits';
export { AUDIO_REFUSAL_CODES, type AudioRefusal, type AudioRefusalCode } from './refusal';
export { readAudioFile, type AudioFile } from './read-audio-file';
export { writeWav } from './wav-write';
export { refuseReserved, reservedIn, type ReservedFind, type ReservedSignal } from './reserved-signals';
export { hasSound, rmsDbfs } from './level';
export { FRAME_SAMPLES, encodeOggOpus, type EncodeOptions } from './ogg-opus-write';
export { writeVoiceOgg, type VoiceOgg } from './voice-ogg';
export { readOggOpusPackets, type OggOpusPackets } from './ogg-opus-read';
export { readWebmOpus } from './webm-read';
export { AudioRefusedError, decodeOggOpus, readOggOpus } from './ogg-opus-decode';
export { OpusPacketError, createOpusDecoder, evanOpus, type OpusCodec, type OpusDecoder, type OpusEncoder } from './opus-codec';
export { opusPacketSamples } from './opus-packet';
export { measureLoudness, type Loudness } from './loudness';
export { HORN_LOUDNESS, levelLoudness, normaliseLoudness, type Levelled, type NormaliseOptions, type Normalised } from './normalise';
export { CHIME_KINDS, generateChime, generateSiren, type ChimeKind, type SirenKind } from './sounds';
