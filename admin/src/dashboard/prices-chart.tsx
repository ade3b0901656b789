import { useTranslate } from 'react-admin';
import { Bar, BarChart, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartFrame, useChartStyle } from './chart-frame';
import { type PricesOfTag } from './figures';

/** A bar from the lowest price to the highest; its colour changes at the median. */
export default function PricesChart({ rows }: { rows: PricesOfTag[] }) {
  const translate = useTranslate();
  const style = useChartStyle();
  const bars = rows.map(({ name, lowest, median, highest }) => ({
    name,
    lower: [lowest, median ?? lowest],
    upper: [median ?? lowest, highest],
  }));
  const until = (one: string, other: string) =>
    `${translate(`emporium.dashboard.${one}`)} – ${translate(`emporium.dashboard.${other}`)}`;
  const halves = [
    ['lower', until('lowest', 'median'), style.weak],
    ['upper', until('median', 'highest'), style.main],
  ] as const;
  return (
    <ChartFrame bars={rows.length}>
      <ResponsiveContainer>
        <BarChart data={bars} layout="vertical" barGap={-16} barSize={16} accessibilityLayer={false}>
          <XAxis type="number" tick={style.axis} />
          <YAxis type="category" dataKey="name" width={110} tick={style.axis} />
          <Tooltip {...style.tooltip} />
          <Legend formatter={(name) => <span style={{ color: style.axis.fill }}>{name}</span>} />
          {/* One price, as of a tag with one item, is a line. */}
          {halves.map(([dataKey, name, colour]) => (
            <Bar
              key={dataKey}
              dataKey={dataKey}
              name={name}
              fill={colour}
              minPointSize={2}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </ChartFrame>
  );
}
