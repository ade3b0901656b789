import Bowser from 'bowser';

const LONGEST = 60;

export interface Agent {
  browser: string;
  os: string;
}

/** The browser and the system that a `User-Agent` header tells of; the header itself, shortened, if they are not known. */
export function readUserAgent(header: string): Agent | string {
  const text = header.trim();
  if (text !== '') {
    const { browser, os } = Bowser.parse(text);
    if (browser.name && os.name) return { browser: browser.name, os: os.name };
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
