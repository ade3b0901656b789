import { type DemoOptions } from './options';

const LOG_IN = `node -pe 'JSON.parse(fs.readFileSync(0)).access_token'`;
const JSON_BODY = `-H 'content-type: application/json' -d`;

/** Three commands to try on the loaded catalogue. They work as they are printed, in a POSIX shell. */
export function suggestCommands(options: DemoOptions, storeId: number): string {
  const { url, email, password, isPasswordPublic } = options;
  const account = JSON.stringify({ email, password: isPasswordPublic ? password : 'YOUR_PASSWORD' });
  const item = JSON.stringify({ name: 'Watering can', price: 15.99, store_id: storeId });
  const commands = [
    `curl -s ${quote(`${url}/items?q=office chair&max_price=150&sort=-price&limit=3`.replaceAll(' ', '%20'))}`,
    `TOKEN=$(curl -s ${quote(`${url}/login`)} ${JSON_BODY} ${quote(account)} | ${LOG_IN})`,
    `curl -s ${quote(`${url}/items`)} -H "authorization: Bearer $TOKEN" ${JSON_BODY} ${quote(item)}`,
  ];
  return `Try: a search, a login, and a new item\n\n${commands.map((command) => `  ${command}\n`).join('')}`;
}

/** Describes the account. A password that the user chose is not shown. */
export function describeAccount({ url, email, password, isPasswordPublic }: DemoOptions): string {
  const secret = isPasswordPublic ? `password "${password}"` : 'the password that you gave';
  return `Loading the Superstore into ${url} as ${email}, ${secret}.\n`;
}

/** Quotes a text as one word for a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
