import { Link } from '@mui/material';
import { type ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { Link as RouterLink } from 'react-router-dom';
import { type Change } from '../api';
import { kindOf, tagOf } from './change';
import { Filled } from '../layout/filled';
import { useNames } from './names';
import { subjectIdOf } from './subject';
import { type Scope } from './use-changes';
import { useToldName } from './use-told-name';

/** What a change was, in one sentence, with a link to what it is about if that still exists. */
export function Headline({ change, scope }: { change: Change; scope: Scope }) {
  const translate = useTranslate();
  const { subjectOf } = useNames();
  const name = useToldName(change);
  const { kind, id } = subjectIdOf(change);
  const exists = Boolean(subjectOf(change)?.row);
  const texts = scope.of === 'item' ? 'told_of_item' : 'told';
  const nodes: Record<string, ReactNode> = {
    name:
      scope.of === kind || !exists ? (
        <strong>{name}</strong>
      ) : (
        <Link component={RouterLink} to={`/${kind}s/${id}`} sx={{ fontWeight: 700 }}>
          {name}
        </Link>
      ),
    tag: <strong>{tagOf(change)}</strong>,
  };
  const text = translate(`emporium.history.${texts}.${kindOf(change)}`, { name: '%{name}', tag: '%{tag}' });
  return <Filled text={text} nodes={nodes} />;
}
