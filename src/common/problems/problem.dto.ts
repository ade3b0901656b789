import { ApiProperty } from '@nestjs/swagger';

/** One fault of an input. */
export class InputFaultDto {
  /**
   * JSON Pointer (RFC 6901) into the body; empty for the body as a whole
   * @example /price
   */
  pointer?: string;

  /**
   * name of the path or query parameter
   * @example limit
   */
  parameter?: string;

  /**
   * what is wrong
   * @example 'must have at most 2 decimals'
   */
  message!: string;
}

/** A problem document (RFC 9457). */
export class ProblemDto {
  /** @example about:blank */
  type!: string;

  /**
   * the status phrase
   * @example 'Bad Request'
   */
  title!: string;

  /** @example 400 */
  @ApiProperty({ type: 'integer' })
  status!: number;

  /**
   * a sentence for a person
   * @example 'The request is not valid; see errors.'
   */
  detail!: string;

  /**
   * stable, machine-readable
   * @example invalid_input
   */
  code!: string;

  /**
   * the X-Request-Id of the response
   * @example 9f3c2a5e-3c0f-4d55-8a3d-1f7f6c1e2b90
   */
  requestId!: string;

  /** all that is wrong with the input, in 400 only */
  errors?: InputFaultDto[];
}
