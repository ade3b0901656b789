import ApiIcon from '@mui/icons-material/Api';
import { Menu, useCanAccess, useTranslate } from 'react-admin';

/** Shows only what the person may open. */
export function PanelMenu() {
  const translate = useTranslate();
  const { canAccess } = useCanAccess({ resource: 'users', action: 'list' });
  return (
    <Menu>
      <Menu.DashboardItem primaryText={translate('emporium.dashboard.title')} />
      <Menu.ResourceItem name="stores" />
      <Menu.ResourceItem name="items" />
      <Menu.ResourceItem name="tags" />
      {canAccess && <Menu.ResourceItem name="users" />}
      <li role="none">
        <Menu.Item
          component="a"
          to="../docs/"
          href="../docs/"
          primaryText={translate('emporium.menu.docs')}
          leftIcon={<ApiIcon />}
        />
      </li>
    </Menu>
  );
}
