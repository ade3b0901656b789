/** The state of the service. */
export class HealthDto {
  /** @example ok */
  status!: string;
}
