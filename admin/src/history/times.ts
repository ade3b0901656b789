import { useEffect, useState } from 'react';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The time now, for texts such as "2 minutes ago". */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, MINUTE / 2);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}

/** Such as "2 minutes ago". The clock of the server can be ahead of the browser's. */
export function relativeTime(time: string, now: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const age = Math.max(0, now - Date.parse(time));
  if (age < MINUTE) return format.format(0, 'second');
  if (age < HOUR) return format.format(-Math.floor(age / MINUTE), 'minute');
  if (age < DAY) return format.format(-Math.floor(age / HOUR), 'hour');
  return format.format(-Math.floor(age / DAY), 'day');
}

export function exactTime(time: string, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'medium' }).format(new Date(time));
}

/** The day of a time where the person is, as a key. */
export function dayOf(time: string): string {
  return new Date(time).toDateString();
}

/** A day with its weekday; today and yesterday are called so too. */
export function dayTitle(day: string, now: number, language: string): string {
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'full' }).format(new Date(day));
  const ago = daysBetween(day, dayOf(new Date(now).toISOString()));
  if (ago > 1) return date;
  const word = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-Math.max(0, ago), 'day');
  return `${word.charAt(0).toLocaleUpperCase(language)}${word.slice(1)}, ${date}`;
}

/** Days with a change of the clock are not 24 hours long. */
function daysBetween(earlier: string, later: string): number {
  return Math.round((Date.parse(later) - Date.parse(earlier)) / DAY);
}
