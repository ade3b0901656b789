import { Alert, Box, Typography } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Choice } from './choice';
import { type Draft, readingOf } from './draft';
import { DECIMALS } from './guess/decimal';
import { DELIMITERS } from './guess/delimiter';
import { ENCODINGS } from './guess/encoding';
import { EMPTY_NAMES, TAG_DELIMITERS } from './guess/systems';
import {
  type Choices,
  countBadPrices,
  hasOtherTags,
  missingColumns,
  pricesWithThousands,
} from './guess/reading';
import { ON_ERROR, ON_EXISTING, type Options } from './import';
import { SampleTable } from './sample-table';

interface ReadingFormProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
}

/** How the file is read, as it was guessed, on its first rows. */
export function ReadingForm({ draft, onChange }: ReadingFormProps) {
  const translate = useTranslate();
  const reading = readingOf(draft);
  const missing = missingColumns(reading);
  const thousands = pricesWithThousands(reading);
  const bad = countBadPrices(reading) - thousands.length;
  const choose = (choices: Choices) => {
    onChange({ ...draft, choices });
  };
  // Another delimiter or encoding makes other columns.
  const kept = { ...draft.choices, columns: undefined };
  const setOptions = (options: Partial<Options>) => {
    onChange({ ...draft, options: { ...draft.options, ...options } });
  };
  return (
    <>
      <Heading>{translate('emporium.imports.how')}</Heading>
      <Typography variant="body2" color="textSecondary">
        {translate(`emporium.imports.guessed_${reading.format}`)}
      </Typography>
      {reading.format === 'csv' && (
        <Box sx={FIELDS}>
          <Choice
            name="delimiter"
            value={reading.delimiter}
            values={DELIMITERS}
            onChange={(value) => {
              choose({ ...kept, delimiter: value });
            }}
          />
          <Choice
            name="decimal"
            value={reading.decimal}
            values={DECIMALS}
            onChange={(value) => {
              choose({ ...draft.choices, decimal: value });
            }}
          />
          <Choice
            name="encoding"
            value={reading.encoding}
            values={ENCODINGS}
            onChange={(value) => {
              choose({ ...kept, encoding: value });
            }}
          />
          {reading.columns.tags !== undefined && (
            <Choice
              name="tag_delimiter"
              value={reading.tagDelimiter}
              values={TAG_DELIMITERS}
              onChange={(value) => {
                choose({ ...draft.choices, tagDelimiter: value });
              }}
            />
          )}
          <Choice
            name="empty_name"
            value={reading.emptyName}
            values={EMPTY_NAMES}
            onChange={(value) => {
              choose({ ...draft.choices, emptyName: value });
            }}
          />
        </Box>
      )}
      <SampleTable
        reading={reading}
        onChange={(columns) => {
          choose({ ...draft.choices, columns });
        }}
      />
      <div role="status">
        {missing.length > 0 && (
          <Alert severity="warning" role="presentation" sx={ALERT}>
            {translate('emporium.imports.missing', {
              columns: missing.map((column) => translate(`resources.items.fields.${column}`)).join(', '),
            })}
          </Alert>
        )}
        {thousands.length > 0 && (
          <Alert severity="warning" role="presentation" sx={ALERT}>
            {translate('emporium.imports.thousands', {
              smart_count: thousands.length,
              example: thousands[0],
            })}
          </Alert>
        )}
        {bad > 0 && (
          <Alert severity="warning" role="presentation" sx={ALERT}>
            {translate('emporium.imports.bad_prices', { smart_count: bad })}
          </Alert>
        )}
        {hasOtherTags(reading) && (
          <Alert severity="info" role="presentation" sx={ALERT}>
            {translate('emporium.imports.other_tags')}
          </Alert>
        )}
      </div>
      <Heading>{translate('emporium.imports.what')}</Heading>
      <Box sx={FIELDS}>
        <Choice
          name="on_existing"
          value={draft.options.on_existing}
          values={ON_EXISTING}
          onChange={(value) => {
            setOptions({ on_existing: value });
          }}
        />
        <Choice
          name="on_error"
          value={draft.options.on_error}
          values={ON_ERROR}
          onChange={(value) => {
            setOptions({ on_error: value });
          }}
        />
      </Box>
    </>
  );
}

function Heading({ children }: { children: string }) {
  return (
    <Typography variant="h6" component="h2" sx={{ marginTop: 2 }}>
      {children}
    </Typography>
  );
}

const ALERT = { marginTop: 1 };
const FIELDS = {
  display: 'flex',
  flexWrap: 'wrap',
  columnGap: 2,
  marginY: 1,
  '& > .MuiTextField-root': { flex: '1 1 200px', minWidth: 0 },
};
