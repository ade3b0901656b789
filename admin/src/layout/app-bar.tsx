import PersonIcon from '@mui/icons-material/ManageAccounts';
import { ListItemIcon, ListItemText, MenuItem } from '@mui/material';
import {
  AppBar,
  LoadingIndicator,
  LocalesMenuButton,
  Logout,
  TitlePortal,
  ToggleThemeButton,
  UserMenu,
  useGetIdentity,
  useLogout,
  useTranslate,
  useUserMenu,
} from 'react-admin';
import { Link } from 'react-router-dom';
import { pendingDeletion } from '../notifications/pending-deletion';
import { unsavedWork } from '../unsaved-work';
import { useDocumentTitle } from './use-document-title';
import { useIsWide } from './use-is-wide';

function AccountItem() {
  const menu = useUserMenu();
  const translate = useTranslate();
  return (
    <MenuItem component={Link} to="/account" onClick={menu?.onClose}>
      <ListItemIcon>
        <PersonIcon fontSize="small" />
      </ListItemIcon>
      <ListItemText>{translate('emporium.account.title')}</ListItemText>
    </MenuItem>
  );
}

/** A deletion that could still be taken back is done first: without the session it could not be done any more. */
function LogoutItem() {
  const translate = useTranslate();
  const logout = useLogout();
  return (
    <Logout
      onClick={() => {
        if (unsavedWork.exists && !window.confirm(translate('ra.message.unsaved_changes'))) return;
        pendingDeletion.finish();
        void logout();
      }}
    />
  );
}

/** On a phone the language is chosen on the page of the account, so that the title has room. */
export function PanelAppBar() {
  const isWide = useIsWide();
  useDocumentTitle();
  const { identity } = useGetIdentity();
  return (
    <AppBar
      color="default"
      toolbar={
        <>
          {isWide && <LocalesMenuButton />}
          <ToggleThemeButton />
          <LoadingIndicator />
        </>
      }
      userMenu={
        // Its name is what stands on it.
        <UserMenu {...(identity?.fullName && { label: identity.fullName })}>
          <AccountItem />
          <LogoutItem />
        </UserMenu>
      }
    >
      <TitlePortal />
    </AppBar>
  );
}
