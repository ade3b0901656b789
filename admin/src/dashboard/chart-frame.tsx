import { Box, useTheme } from '@mui/material';
import { type ReactNode } from 'react';

/** The room of a chart with horizontal bars. Its numbers stand in the table below, so programs that read aloud skip it. */
export function ChartFrame({ bars, children }: { bars: number; children: ReactNode }) {
  return (
    <Box aria-hidden sx={{ height: Math.max(bars, 3) * 32 + 40, marginY: 1 }}>
      {children}
    </Box>
  );
}

/** Colours and texts of the theme for the library of charts, which knows nothing of it. */
export function useChartStyle() {
  const { palette } = useTheme();
  return {
    main: palette.primary.main,
    weak: palette.mode === 'dark' ? '#2f6f64' : '#8cc7bd',
    axis: { fill: palette.text.secondary, fontSize: 12 },
    tooltip: {
      contentStyle: { background: palette.background.paper, border: `1px solid ${palette.divider}` },
      itemStyle: { color: palette.text.primary },
      labelStyle: { color: palette.text.primary },
      cursor: { fill: palette.action.hover },
    },
  };
}
