import { type TranslationMessages } from 'react-admin';
import { framework } from './de-framework';
import { type en, type OwnMessages } from './en';
import { history } from './history-de';
import { items } from './items-de';

type EnglishResources = (typeof en)['resources'];

/** react-admin writes a name in lower case inside of sentences, unless there is a `forcedCaseName`. */
type Resources = {
  [Resource in keyof EnglishResources]: EnglishResources[Resource] & { forcedCaseName: string };
};

const resources: Resources = {
  stores: {
    name: 'Geschäft |||| Geschäfte',
    forcedCaseName: 'Geschäft |||| Geschäfte',
    fields: {
      id: 'ID',
      name: 'Name',
      owner_id: 'Eigentümer',
      created_at: 'Angelegt',
      updated_at: 'Geändert',
    },
  },
  items: {
    name: 'Artikel |||| Artikel',
    forcedCaseName: 'Artikel |||| Artikel',
    fields: {
      id: 'ID',
      name: 'Name',
      price: 'Preis',
      sku: 'SKU',
      store_id: 'Geschäft',
      tags: 'Schlagwörter',
      created_at: 'Angelegt',
      updated_at: 'Geändert',
    },
  },
  tags: {
    name: 'Schlagwort |||| Schlagwörter',
    forcedCaseName: 'Schlagwort |||| Schlagwörter',
    fields: {
      id: 'ID',
      name: 'Name',
      store_id: 'Geschäft',
      created_at: 'Angelegt',
      updated_at: 'Geändert',
    },
  },
  users: {
    name: 'Benutzer |||| Benutzer',
    forcedCaseName: 'Benutzer |||| Benutzer',
    fields: { id: 'ID', email: 'E-Mail', role: 'Rolle', created_at: 'Angelegt' },
  },
  sessions: { name: 'Sitzung |||| Sitzungen', forcedCaseName: 'Sitzung |||| Sitzungen' },
};

const emporium: OwnMessages = {
  retry: 'Erneut versuchen',
  not_read: 'Das konnte nicht gelesen werden.',
  select: { none: 'Es gibt keines.', open: 'Öffnen', clear: 'Leeren' },
  rules: {
    length: 'Es muss %{from} bis %{to} Zeichen haben.',
    visible: 'Es muss ein sichtbares Zeichen haben.',
    control_characters: 'Es darf keine Steuerzeichen enthalten.',
  },
  connection: {
    busy: 'Der Server ist ausgelastet. Die Anfrage wird laufend wiederholt; Ihre Eingaben bleiben erhalten.',
    lost: 'Der Server antwortet nicht. Die Anfrage wird laufend wiederholt; Ihre Eingaben bleiben erhalten.',
  },
  errors: {
    cancelled: 'Es wurde nichts geändert.',
    no_answer:
      'Der Server antwortet nicht. Ihre Eingaben sind nicht verloren: Versuchen Sie es gleich noch einmal.',
    too_far:
      'Durch Blättern sind nur die ersten %{row} Zeilen erreichbar. Verwenden Sie einen Filter oder eine andere Sortierung.',
    too_many_requests: 'Zu viele Anfragen.',
    unavailable:
      'Der Server ist ausgelastet und konnte es nicht tun. Nichts, was Sie eingegeben haben, geht verloren.',
    wait_moment: 'Versuchen Sie es gleich noch einmal.',
    wait_seconds:
      'Versuchen Sie es in einer Sekunde noch einmal. |||| Versuchen Sie es in %{smart_count} Sekunden noch einmal.',
    wait_minutes:
      'Versuchen Sie es in einer Minute noch einmal. |||| Versuchen Sie es in %{smart_count} Minuten noch einmal.',
    bad_credentials: 'Die E-Mail-Adresse oder das Passwort ist falsch.',
    forbidden: 'Dazu sind Sie nicht berechtigt.',
    store_name_taken: 'Der Eigentümer hat schon ein anderes Geschäft mit diesem Namen.',
    tag_name_taken: 'Das Geschäft hat bereits ein Schlagwort mit diesem Namen.',
    sku_taken: 'Ein anderer Artikel des Geschäfts hat diese SKU.',
    email_taken: 'Es gibt bereits ein Konto mit dieser Adresse.',
    wrong_password: 'Das aktuelle Passwort ist falsch.',
    owns_stores:
      'Diesem Konto gehören Geschäfte. Übertragen Sie sie zuerst an jemand anderen, oder löschen Sie sie.',
    last_admin: 'Das ist der letzte Admin. Machen Sie zuerst jemand anderen zum Admin.',
    tag_in_use: 'Das Schlagwort wird von Artikeln verwendet.',
    user_not_found: 'Dieses Konto gibt es nicht.',
    store_not_found: 'Das Geschäft existiert nicht mehr.',
    item_not_found: 'Der Artikel existiert nicht mehr.',
    tag_not_found: 'Das Schlagwort existiert nicht mehr.',
    too_many_tags: 'Ein Artikel kann höchstens 100 Schlagwörter haben.',
    changed_since: 'Dasselbe wurde inzwischen wieder geändert; die neuere Änderung ginge verloren.',
    undo_not_possible:
      'Das Anlegen eines Geschäfts lässt sich nicht rückgängig machen. Sie können das Geschäft auf seiner Seite löschen.',
    change_not_found: 'Diese Änderung ist nicht mehr aufgezeichnet.',
    too_large: 'Die Datei ist zu groß. Wer den Server betreibt, kann die Grenze erhöhen (IMPORT_MAX_BYTES).',
    import_not_found: 'Den Import gibt es nicht mehr.',
    preview_outdated:
      'Seit dieser Vorschau haben sich Artikel geändert, deshalb wurde nichts geschrieben. Machen Sie die Vorschau noch einmal.',
    not_previewed: 'Diese Vorschau kann nicht mehr angewendet werden.',
    not_undoable:
      'Der Import kann nicht rückgängig gemacht werden: Er ist es schon, oder seine Änderungen sind nicht mehr aufgezeichnet.',
    already_finished: 'Der Import ist bereits beendet.',
  },
  login: {
    email: 'E-Mail',
    password: 'Passwort',
    submit: 'Anmelden',
    welcome: 'Der Katalog Ihrer Geschäfte',
    again_title: 'Ihre Sitzung ist beendet',
    again_text: 'Melden Sie sich wieder an, um fortzufahren. Ihre Eingaben bleiben erhalten.',
    leave: 'Verlassen',
  },
  account: {
    title: 'Konto',
    change_email: 'E-Mail-Adresse',
    change_password: 'Neues Passwort',
    current_password: 'Aktuelles Passwort',
    save_email: 'Adresse ändern',
    save_password: 'Passwort ändern',
    email_saved: 'Ihre Adresse wurde geändert.',
    password_saved: 'Ihr Passwort wurde geändert. Ihre anderen Sitzungen sind beendet.',
    sessions: 'Sitzungen',
    language: 'Sprache',
    agent: '%{browser} unter %{os}',
    this_session: 'Diese Sitzung',
    end: 'Beenden',
    ended: 'Die Sitzung ist beendet.',
    last_used: 'Zuletzt verwendet am',
    from: 'von',
  },
  too_many_pages:
    'Durch Blättern sind die ersten %{row} von %{total} Zeilen erreichbar. Filtern Sie die Liste oder wählen Sie eine andere Sortierung, um die übrigen zu sehen.',
  conflict: {
    title: 'Jemand anderes hat das inzwischen geändert',
    text: '„%{name}“ wurde geändert, nachdem Sie es geöffnet hatten. Wählen Sie für jeden Wert, welcher Stand gelten soll.',
    text_delete: '„%{name}“ wurde geändert, nachdem Sie es gesehen hatten. Trotzdem löschen?',
    before: 'Vorher',
    mine: 'Ihr Stand',
    theirs: 'Neuer Stand',
    save: 'Gewählte Werte speichern',
    discard: 'Abbrechen',
    delete: 'Trotzdem löschen',
    empty: '(leer)',
  },
  dashboard: {
    no_chart:
      'Das Diagramm konnte nicht geladen werden. Laden Sie die Seite neu, um es noch einmal zu versuchen.',
    title: 'Übersicht',
    stores: 'Geschäfte',
    items: 'Artikel',
    users: 'Benutzer',
    items_by_store: 'Artikel nach Geschäft',
    largest: 'Die %{smart_count} größten der ersten 100 nach Namen',
    prices_by_tag: 'Preise nach Schlagwort',
    lowest: 'Minimum',
    median: 'Median',
    highest: 'Maximum',
    table: 'Zahlen anzeigen',
    nothing: 'Es gibt noch nichts anzuzeigen.',
    first_store: 'Erstes Geschäft anlegen',
  },
  menu: { docs: 'API-Doku' },
  stores: {
    open_items: 'Artikel',
    open_tags: 'Schlagwörter',
    open_imports: 'Importe',
    import_file: 'Datei importieren',
    delete_title: 'Geschäft „%{name}“ löschen?',
    delete_items: 'Das Geschäft hat einen Artikel. |||| Das Geschäft hat %{smart_count} Artikel.',
    delete_text:
      'Seine Artikel, seine Schlagwörter und deren Zuordnungen werden mitgelöscht. Das lässt sich nicht rückgängig machen.',
  },
  tags: {
    delete_title: 'Schlagwort „%{name}“ löschen?',
    in_use_title: 'Das Schlagwort „%{name}“ wird verwendet',
    in_use:
      'Ein Artikel verwendet dieses Schlagwort, deshalb kann es nicht gelöscht werden. |||| %{smart_count} Artikel verwenden dieses Schlagwort, deshalb kann es nicht gelöscht werden.',
    list_items: 'Diese Artikel anzeigen',
    choose_store: 'Wählen Sie ein Geschäft, um seine Schlagwörter zu sehen.',
    of_store: 'Geschäft',
  },
  users: {
    roles: { user: 'Benutzer', admin: 'Admin' },
    delete_title: 'Konto „%{email}“ löschen?',
    delete_own_text:
      'Das ist Ihr eigenes Konto. Es wird mit seinen Sitzungen gelöscht, und Sie werden abgemeldet. Das lässt sich nicht rückgängig machen.',
    delete_text: 'Das Konto und seine Sitzungen werden gelöscht. Das lässt sich nicht rückgängig machen.',
  },
  history,
  items,
  close: 'Schließen',
};

export const de = { ...framework, resources, emporium } satisfies TranslationMessages;
