export const ROLES = ['user', 'admin'].map((id) => ({ id, name: `emporium.users.roles.${id}` }));
