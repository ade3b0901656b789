import DoneIcon from '@mui/icons-material/Check';
import ErrorIcon from '@mui/icons-material/ErrorOutlined';
import SavingIcon from '@mui/icons-material/Sync';
import { useTranslate } from 'react-admin';
import { type Cell } from './grid-edits';

const ICONS = { saving: SavingIcon, saved: DoneIcon, refused: ErrorIcon };

/** The value of a cell with its mark. A reason stands below the value that was refused. */
export function CellValue({ cell, text }: { cell: Cell | undefined; text: string }) {
  const translate = useTranslate();
  if (!cell || cell.state === 'typing') return text;
  const Icon = ICONS[cell.state];
  return (
    <>
      <span className={`mark ${cell.state}`}>
        <Icon fontSize="inherit" titleAccess={translate(`emporium.items.grid.${cell.state}`)} />
      </span>
      {cell.text}
      {cell.reason !== undefined && <span className="reason">{cell.reason}</span>}
    </>
  );
}
