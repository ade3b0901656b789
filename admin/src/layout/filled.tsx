import { Fragment, type ReactNode } from 'react';

/** A text with elements in the place of `%{name}`. The text is translated with `%{name}` as the value of `name`. */
export function Filled({ text, nodes }: { text: string; nodes: Readonly<Record<string, ReactNode>> }) {
  return text
    .split(/%\{(\w+)\}/)
    .map((part, index) => <Fragment key={index}>{index % 2 === 1 ? nodes[part] : part}</Fragment>);
}
