/** What a route may say of itself with `@RouteConfig`. */
export interface RouteSettings {
  /** exempt from REQUEST_TIMEOUT */
  unlimited?: boolean;
}
