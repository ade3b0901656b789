import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const USUAL_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts the Chromium of the system, or the one of the variable CHROMIUM. */
export function launchChromium(): Promise<Browser> {
  // Root cannot have the sandbox. The tests open only pages of this repository, so nobody needs it.
  return chromium.launch({ executablePath: findChromium(), chromiumSandbox: false });
}

function findChromium(): string {
  const { CHROMIUM } = process.env;
  const candidates = CHROMIUM ? [CHROMIUM] : USUAL_PATHS;
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new Error(
      `There is no Chromium at ${candidates.join(' or ')}. ` +
        'On Debian, "apt-get install chromium" installs it; elsewhere, CHROMIUM is the path of one.',
    );
  }
  return found;
}
