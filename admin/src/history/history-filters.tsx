import { Box, Button, MenuItem, TextField, Typography } from '@mui/material';
import { useTranslate } from 'react-admin';
import { type Action, type Resource } from './change';
import { ACTIONS_OF, ALL_ACTIONS, type HistoryFilter, listsAllImports } from './history-filter';

const NOTHING: HistoryFilter = {
  resource: undefined,
  action: undefined,
  since: undefined,
  until: undefined,
};

interface HistoryFiltersProps {
  filter: HistoryFilter;
  onChange: (changes: HistoryFilter) => void;
}

/** By kind of resource, kind of change and period. */
export function HistoryFilters({ filter, onChange }: HistoryFiltersProps) {
  const translate = useTranslate();
  const actions = filter.resource ? ACTIONS_OF[filter.resource] : ALL_ACTIONS;
  return (
    <Box role="search" sx={FIELDS}>
      <Choice
        name="resource"
        value={filter.resource}
        options={Object.keys(ACTIONS_OF)}
        onChange={(value) => {
          const resource = value as Resource | undefined;
          const isPossible =
            !resource || (filter.action !== undefined && ACTIONS_OF[resource].includes(filter.action));
          onChange({ resource, ...(isPossible ? {} : { action: undefined }) });
        }}
      />
      <Choice
        name="action"
        value={filter.action}
        options={actions}
        onChange={(value) => {
          onChange({ action: value as Action | undefined });
        }}
      />
      {(['since', 'until'] as const).map((side) => (
        <TextField
          key={side}
          type="date"
          label={translate(`emporium.history.filter.${side}`)}
          value={filter[side] ?? ''}
          onChange={(event) => {
            onChange({ [side]: event.target.value === '' ? undefined : event.target.value });
          }}
          slotProps={{ inputLabel: { shrink: true } }}
          sx={(theme) => ({ colorScheme: theme.palette.mode })}
        />
      ))}
      {Object.keys(filter).length > 0 && (
        <Button
          size="small"
          onClick={() => {
            onChange(NOTHING);
          }}
        >
          {translate('emporium.history.filter.clear')}
        </Button>
      )}
      {listsAllImports(filter) && (
        <Typography variant="body2" color="textSecondary" sx={{ flexBasis: '100%' }}>
          {translate('emporium.history.filter.imports_listed')}
        </Typography>
      )}
    </Box>
  );
}

interface ChoiceProps {
  name: 'resource' | 'action';
  value: string | undefined;
  options: readonly string[];
  onChange: (value: string | undefined) => void;
}

/** One of some values, or any. */
function Choice({ name, value = '', options, onChange }: ChoiceProps) {
  const translate = useTranslate();
  return (
    <TextField
      select
      id={`history-${name}`}
      label={translate(`emporium.history.filter.${name}`)}
      value={value}
      onChange={(event) => {
        onChange(event.target.value === '' ? undefined : event.target.value);
      }}
      slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
    >
      <MenuItem value="">{translate(`emporium.history.filter.${name}s.any`)}</MenuItem>
      {options.map((option) => (
        <MenuItem key={option} value={option}>
          {translate(`emporium.history.filter.${name}s.${option}`)}
        </MenuItem>
      ))}
    </TextField>
  );
}

const FIELDS = {
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  columnGap: 2,
  rowGap: 0.5,
  marginY: 1,
  '& > .MuiTextField-root': { flex: '1 1 150px', minWidth: 0 },
};
