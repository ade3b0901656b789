/** What a route may say of itself with `@RouteConfig`. */
export interface RouteSettings {
  /** exempt from REQUEST_TIMEOUT */
  unlimited?: boolean;
  /** needs a hash: of many that arrive at once one begins in each turn of the event loop, and none while too many wait */
  hashes?: boolean;
}
