import UploadIcon from '@mui/icons-material/UploadFile';
import { Box, Button, Typography } from '@mui/material';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';

interface DropZoneProps {
  /** the name of the file that is chosen, if one is */
  fileName: string | undefined;
  onFile: (file: File) => void;
}

/** Takes a file that is dropped or chosen. */
export function DropZone({ fileName, onFile }: DropZoneProps) {
  const translate = useTranslate();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) onFile(file);
  };
  return (
    <Box
      onDrop={drop}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      sx={{
        border: 2,
        borderStyle: 'dashed',
        borderColor: isOver ? 'primary.main' : 'divider',
        borderRadius: 1,
        padding: fileName === undefined ? 4 : 1.5,
        display: 'flex',
        flexWrap: 'wrap',
        gap: 2,
        alignItems: 'center',
        justifyContent: 'center',
      }}
    >
      <Typography sx={{ overflowWrap: 'anywhere', minWidth: 0 }}>
        {fileName === undefined ? translate('emporium.imports.drop') : <strong>{fileName}</strong>}
      </Typography>
      <Button
        variant={fileName === undefined ? 'contained' : 'outlined'}
        startIcon={<UploadIcon />}
        onClick={() => input.current?.click()}
      >
        {translate(`emporium.imports.${fileName === undefined ? 'choose' : 'choose_other'}`)}
      </Button>
      <input
        ref={input}
        type="file"
        accept=".csv,.tsv,.txt,.ndjson,.jsonl,text/csv,text/plain,application/x-ndjson"
        hidden
        aria-label={translate('emporium.imports.choose')}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file) onFile(file);
          // So that the same file can be chosen again after it was mended.
          target.value = '';
        }}
      />
    </Box>
  );
}
