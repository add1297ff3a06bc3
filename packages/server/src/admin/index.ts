export { type AdminApi, type AdminApiOptions, createAdminApi } from './admin-api.ts';
export type { AdminContext } from './context.ts';
