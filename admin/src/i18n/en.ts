import { type TranslationMessages } from 'react-admin';
import framework from 'ra-language-english';
import { items } from './items-en';

/** What is ours. Other languages have the same keys. */
const emporium = {
  connection: {
    lost: 'The server does not answer. It is asked again and again; what you have typed is kept.',
  },
  errors: {
    cancelled: 'Nothing was changed.',
    no_answer: 'The server does not answer. Nothing that you have typed is lost: try again in a moment.',
    too_far: 'Only the first %{row} rows can be reached by page. Use a filter or another order.',
    too_many_requests:
      'Too many requests. Try again in one second. |||| Too many requests. Try again in %{smart_count} seconds.',
    unavailable:
      'The server is busy and could not do it. Nothing that you have typed is lost: try again in a moment.',
    bad_credentials: 'The e-mail address or the password is wrong.',
    forbidden: 'You may not do that.',
    store_name_taken: 'You have a store of this name.',
    tag_name_taken: 'The store has a tag of this name.',
    sku_taken: 'Another item of the store has this SKU.',
    email_taken: 'There is an account with this address.',
    wrong_password: 'The current password is wrong.',
    owns_stores: 'This account owns stores. Give them to somebody else or delete them first.',
    last_admin: 'This is the last admin. Make somebody else an admin first.',
    tag_in_use: 'Items hold this tag.',
    user_not_found: 'There is no such account.',
    store_not_found: 'The store does not exist any more.',
    item_not_found: 'The item does not exist any more.',
    tag_not_found: 'The tag does not exist any more.',
    too_many_tags: 'An item can have 100 tags at most.',
  },
  login: {
    title: 'Log in',
    email: 'E-mail',
    password: 'Password',
    submit: 'Log in',
    welcome: 'The catalogue of your stores',
    again_title: 'Your session has ended',
    again_text: 'Log in again to go on. What you have typed is kept.',
    leave: 'Leave',
  },
  account: {
    title: 'Account',
    change_email: 'E-mail address',
    change_password: 'New password',
    current_password: 'Current password',
    save_email: 'Change the address',
    save_password: 'Change the password',
    email_saved: 'Your address is changed.',
    password_saved: 'Your password is changed. Your other sessions have ended.',
    sessions: 'Sessions',
    language: 'Language',
    this_session: 'This session',
    end: 'End',
    ended: 'The session has ended.',
    last_used: 'Last used',
    from: 'from',
  },
  conflict: {
    title: 'Somebody else has changed this',
    text: '“%{name}” has changed after you opened it. Choose for each value which one stays.',
    text_delete: '“%{name}” has changed after you saw it. Delete it all the same?',
    member: 'Value',
    before: 'Before',
    mine: 'Yours',
    theirs: 'Theirs',
    save: 'Save the chosen values',
    discard: 'Cancel',
    delete: 'Delete it',
    empty: '(empty)',
  },
  dashboard: {
    title: 'Overview',
    stores: 'Stores',
    items: 'Items',
    tags: 'Tags',
    users: 'Users',
    items_by_store: 'Items by store',
    prices_by_tag: 'Prices by tag',
    prices_of: 'Tags of',
    lowest: 'Lowest',
    median: 'Median',
    highest: 'Highest',
    table: 'Show the numbers',
    nothing: 'There is nothing to show yet.',
    first_store: 'Create your first store',
  },
  menu: { docs: 'API docs' },
  stores: {
    open_items: 'Items',
    open_tags: 'Tags',
    delete_title: 'Delete the store %{name}?',
    delete_text: 'Its items, its tags and their links go with it. This cannot be undone.',
  },
  tags: {
    delete_title: 'Delete the tag %{name}?',
    in_use_title: 'The tag %{name} is in use',
    in_use:
      'One item holds this tag, so it cannot be deleted. |||| %{smart_count} items hold this tag, so it cannot be deleted.',
    list_items: 'List these items',
    choose_store: 'Choose a store to see its tags.',
    of_store: 'Store',
  },
  users: {
    roles: { user: 'User', admin: 'Admin' },
    delete_text: 'The account and its sessions go. This cannot be undone.',
  },
  items,
  close: 'Close',
};

export const en = {
  ...framework,
  resources: {
    stores: {
      name: 'Store |||| Stores',
      fields: { id: 'Id', name: 'Name', owner_id: 'Owner', created_at: 'Created', updated_at: 'Changed' },
    },
    items: {
      name: 'Item |||| Items',
      fields: {
        id: 'Id',
        name: 'Name',
        price: 'Price',
        sku: 'SKU',
        store_id: 'Store',
        tags: 'Tags',
        created_at: 'Created',
        updated_at: 'Changed',
      },
    },
    tags: {
      name: 'Tag |||| Tags',
      fields: { id: 'Id', name: 'Name', store_id: 'Store', created_at: 'Created', updated_at: 'Changed' },
    },
    users: {
      name: 'User |||| Users',
      fields: { id: 'Id', email: 'E-mail', role: 'Role', created_at: 'Created' },
    },
    sessions: { name: 'Session |||| Sessions' },
  },
  emporium,
} satisfies TranslationMessages;

export type OwnMessages = typeof emporium;
