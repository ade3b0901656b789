/** What a route may say of itself with `@RouteConfig`. */
export interface RouteSettings {
  /** exempt from REQUEST_TIMEOUT */
  unlimited?: boolean;
  /** needs a hash: of many that arrive at once one begins in each turn of the event loop, and none while too many wait */
  hashes?: boolean;
  /** for programs on this machine only: no web page of another origin may read it (set by `@Access('loopback')`) */
  loopback?: boolean;
}
