import {
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
  FormControlLabel,
  Radio,
  RadioGroup,
  Stack,
  Typography,
} from '@mui/material';
import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { isSame } from '../data/differences';
import { formatPrice } from '../items/price';
import { Owner } from '../users/owner';
import { type Choice, type Conflict, conflictQuestion } from './conflict';

type Side = 'mine' | 'theirs';

export function ConflictDialog() {
  const question = conflictQuestion.useCurrent();
  if (!question) return null;
  const { asked, answer } = question;
  return <OneConflict key={JSON.stringify(asked)} conflict={asked} onChoice={answer} />;
}

function OneConflict({ conflict, onChoice }: { conflict: Conflict; onChoice: (choice: Choice) => void }) {
  const { mine, seen, theirs } = conflict;
  const translate = useTranslate();
  const [sides, setSides] = useState<Record<string, Side>>({});
  const members = conflict.members.filter(
    (member) => !isSame(theirs[member], seen[member]) || (mine && member in mine),
  );
  /** What a person has changed stays theirs, unless they say otherwise. */
  const sideOf = (member: string): Side => sides[member] ?? (mine && member in mine ? 'mine' : 'theirs');
  const valueOf = (side: Side, member: string) =>
    side === 'mine' && mine && member in mine
      ? mine[member]
      : side === 'mine'
        ? seen[member]
        : theirs[member];
  const choose = () => {
    const choice = members.map((member) => [member, valueOf(sideOf(member), member)] as const);
    onChoice(mine ? Object.fromEntries(choice) : {});
  };
  const textOf = (value: unknown) => {
    if (value === null || value === undefined || value === '') return translate('emporium.conflict.empty');
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const shown = (member: string, value: unknown): ReactNode => {
    if (typeof value === 'number' && member === 'price') return formatPrice(value);
    if (typeof value === 'number' && member === 'owner_id') return <Owner id={value} />;
    return textOf(value);
  };

  return (
    <Dialog
      open
      maxWidth="sm"
      fullWidth
      aria-labelledby="conflict-title"
      onClose={() => {
        onChoice(undefined);
      }}
    >
      <DialogTitle id="conflict-title">{translate('emporium.conflict.title')}</DialogTitle>
      <DialogContent>
        <DialogContentText>
          {translate(mine ? 'emporium.conflict.text' : 'emporium.conflict.text_delete', {
            name: textOf(theirs.name),
          })}
        </DialogContentText>
        <Stack sx={{ gap: 2, marginTop: 2 }}>
          {members.map((member) => {
            const label = translate(`resources.${conflict.resource}.fields.${member}`);
            return (
              <div key={member}>
                <Typography id={`conflict-${member}`} component="h3" variant="subtitle2">
                  {label}
                </Typography>
                <Typography variant="body2" color="textSecondary">
                  {translate('emporium.conflict.before')}: {shown(member, seen[member])}
                </Typography>
                {mine ? (
                  <RadioGroup
                    aria-labelledby={`conflict-${member}`}
                    value={sideOf(member)}
                    onChange={(_event, value) => {
                      setSides({ ...sides, [member]: value as Side });
                    }}
                  >
                    {(['mine', 'theirs'] as const).map((side) => (
                      <FormControlLabel
                        key={side}
                        value={side}
                        control={<Radio />}
                        label={
                          <>
                            {translate(`emporium.conflict.${side}`)}: {shown(member, valueOf(side, member))}
                          </>
                        }
                      />
                    ))}
                  </RadioGroup>
                ) : (
                  <Typography>
                    {translate('emporium.conflict.theirs')}: {shown(member, theirs[member])}
                  </Typography>
                )}
              </div>
            );
          })}
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button
          onClick={() => {
            onChoice(undefined);
          }}
        >
          {translate('emporium.conflict.discard')}
        </Button>
        <Button variant="contained" color={mine ? 'primary' : 'error'} onClick={choose}>
          {translate(mine ? 'emporium.conflict.save' : 'emporium.conflict.delete')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
