/** What a route may say of itself with `@RouteConfig`. */
export interface RouteSettings {
  /** exempt from REQUEST_TIMEOUT */
  unlimited?: boolean;
  /** for programs on this machine only: no web page of another origin may read it (set by `@Access('loopback')`) */
  loopback?: boolean;
}
