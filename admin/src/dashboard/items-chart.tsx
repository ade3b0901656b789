import { useTranslate } from 'react-admin';
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartFrame, useChartStyle } from './chart-frame';
import { type ItemsOfStore } from '../stores/count-items';

export default function ItemsChart({ rows }: { rows: ItemsOfStore[] }) {
  const translate = useTranslate();
  const style = useChartStyle();
  return (
    <ChartFrame bars={rows.length}>
      <ResponsiveContainer>
        <BarChart data={rows} layout="vertical" accessibilityLayer={false}>
          <XAxis type="number" allowDecimals={false} tick={style.axis} />
          <YAxis type="category" dataKey="name" width={110} tick={style.axis} />
          <Tooltip {...style.tooltip} />
          <Bar
            dataKey="items"
            name={translate('emporium.dashboard.items')}
            fill={style.main}
            isAnimationActive={false}
          />
        </BarChart>
      </ResponsiveContainer>
    </ChartFrame>
  );
}
