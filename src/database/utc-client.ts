import pg from 'pg';

/** A client that is told times in UTC and in ISO's form, whatever the server's own settings. */
export class UtcClient extends pg.Client {
  /** What the connection begins with; of the driver itself, which has no option for it. */
  getStartupConf(): Record<string, string> {
    const { getStartupConf } = pg.Client.prototype as unknown as {
      getStartupConf: () => Record<string, string>;
    };
    return { ...getStartupConf.call(this), ...this.startupParameters() };
  }

  protected startupParameters(): Record<string, string> {
    return { TimeZone: 'UTC', DateStyle: 'ISO' };
  }
}
