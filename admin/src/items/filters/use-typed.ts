import { useEffect, useRef, useState } from 'react';

/** How long a person pauses before what they have typed is used, in milliseconds. */
const PAUSE = 250;

/**
 * The text of a field whose value is used a moment after the last key.
 *
 * @param value what is used now, as text; it can change from outside, for example by a link
 * @param toValue what becomes of a text that is used, so that the field keeps it as it was typed
 */
export function useTyped(
  value: string,
  use: (text: string) => void,
  toValue: (text: string) => string,
): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const used = useRef(value);
  const latest = useRef(use);
  latest.current = use;
  const isOwn = value === toValue(used.current);

  useEffect(() => {
    if (isOwn) return;
    used.current = value;
    setText(value);
  }, [value, isOwn]);

  useEffect(() => {
    if (text === used.current) return;
    const timer = setTimeout(() => {
      used.current = text;
      latest.current(text);
    }, PAUSE);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);

  return [text, setText];
}
