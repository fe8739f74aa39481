import { existsSync } from 'node:fs';

/** The system's Chromium; without it what needs a browser is skipped, and says so. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
