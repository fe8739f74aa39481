/** Outbox topic: a sound that every terminal should have was made; the payload is `{sha256, bytes}`. */
export const SOUND_MADE = 'sound-made';
