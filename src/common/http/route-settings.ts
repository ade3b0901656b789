/** The settings of a route in `@RouteConfig`. */
export interface RouteSettings {
  /** exempt from REQUEST_TIMEOUT */
  unlimited?: boolean;
  /** its handler reads the body as it arrives, and limits its time and size */
  streamed?: boolean;
  /** begins at once, however many requests wait */
  unqueued?: boolean;
  /** only for programs on this machine, so no web page of another origin may read it (set by `@Access('loopback')`) */
  loopback?: boolean;
}
