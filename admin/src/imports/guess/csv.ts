interface CsvOptions {
  delimiter: string;
  /** how many rows are wanted */
  most: number;
  /** whether the text is the whole file; else its last row can be cut off, and is left out */
  isWhole: boolean;
}

/**
 * The first rows of a CSV file (RFC 4180), for a look at it. Unlike the API it takes any text: what is wrong is told when the
 * file is sent.
 */
export function readCsv(text: string, { delimiter, most, isWhole }: CsvOptions): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let isQuoted = false;
  const endRow = () => {
    row.push(field);
    // Like the API, it leaves out rows that have nothing in any field.
    if (row.some((each) => each.trim() !== '')) rows.push(row);
    row = [];
    field = '';
  };
  for (let index = 0; index < text.length && rows.length < most; index++) {
    const character = text.charAt(index);
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text.charAt(index + 1) === '"') {
        field += '"';
        index++;
      } else isQuoted = false;
    } else if (character === '"' && field === '') isQuoted = true;
    else if (character === delimiter) {
      row.push(field);
      field = '';
    } else if (character === '\n' || character === '\r') {
      if (character === '\r' && text.charAt(index + 1) === '\n') index++;
      endRow();
    } else field += character;
  }
  if (isWhole && rows.length < most) endRow();
  return rows;
}
