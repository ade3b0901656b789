/** Whether the process is about to stop. Readiness tells it, and responses ask clients to connect elsewhere. */
export class Draining {
  private started = false;

  get active(): boolean {
    return this.started;
  }

  start(): void {
    this.started = true;
  }
}
