import { Box, Typography } from '@mui/material';
import { type ReactNode } from 'react';
import { useLocaleState } from 'react-admin';
import { type Change } from '../api';
import { dayOf, dayTitle } from './times';

export interface Day {
  day: string;
  changes: Change[];
}

/** The changes by the days of the person. They are in the order of their times already. */
export function byDay(changes: readonly Change[]): Day[] {
  const days: Day[] = [];
  for (const change of changes) {
    const day = dayOf(change.at);
    const last = days.at(-1);
    if (last?.day === day) last.changes.push(change);
    else days.push({ day, changes: [change] });
  }
  return days;
}

/** @param id of an element, unique on the page */
export function DayGroup({
  id,
  day,
  now,
  children,
}: {
  id: string;
  day: string;
  now: number;
  children: ReactNode;
}) {
  const [language] = useLocaleState();
  return (
    <Box component="section" aria-labelledby={id} sx={{ marginTop: 2 }}>
      <Typography id={id} component="h2" variant="subtitle1" sx={{ fontWeight: 700 }}>
        {dayTitle(day, now, language)}
      </Typography>
      <Box component="ol" sx={{ listStyle: 'none', padding: 0, margin: 0 }}>
        {children}
      </Box>
    </Box>
  );
}
