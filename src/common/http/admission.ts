import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Problem, UNAVAILABLE } from '../problems/problem';
import { sendProblem } from '../problems/problem.filter';
import { type RouteSettings } from './route-settings';
import { isRead } from './send';

/** How many may wait for their turn. The memory that they need is small. */
const MAX_WAITING = 10_000;

/** A request that has waited for this share of REQUEST_TIMEOUT is refused, so that the others are not late, too. */
const WAIT_SHARE = 0.2;

/** The limits for requests of one kind. */
interface Limits {
  /** How many may be under way. More at the same time would only make each of them slower. */
  underWay: number;
  /** How many begin in one turn of the event loop. */
  perTurn: number;
}

const USUAL_LIMITS: Limits = { underWay: 128, perTurn: 32 };

/**
 * The limits while new connections arrive. Node accepts only one connection in each turn of the event loop, so turns must
 * be short. Else new clients would wait for seconds, and health probes are new clients.
 */
const LIMITS_WHILE_ACCEPTING: Limits = { underWay: 32, perTurn: 1 };

/** How often the waiting time is checked while no other request ends, in milliseconds. */
const CHECK_INTERVAL = 50;

/** How long a connection is not read after a refusal, in milliseconds. It is the time in `Retry-After`. */
const REFUSED_PAUSE = 1000;

interface Waiting {
  readonly since: number;
  readonly begin: () => void;
  readonly refuse: () => void;
}

/** The requests of one kind. */
class Lane {
  underWay = 0;
  begunInTurn = 0;
  /** in the order of arrival */
  readonly waiting = new Set<Waiting>();
}

/**
 * Decides when a request begins, so that the process stays quick when more arrive than it can serve: few at a time are
 * under way, the others wait in the order of their arrival, and those that would wait too long are answered 503. Reads
 * and writes wait apart, so that writes that wait for a lock do not hold up reads. Health probes never wait.
 */
export class Admission {
  private readonly reads = new Lane();
  private readonly writes = new Lane();
  private readonly lanes = [this.reads, this.writes];
  private readonly maxWait: number;
  private turn: NodeJS.Immediate | undefined;
  private timer: NodeJS.Timeout | undefined;
  private hasAccepted = false;
  private limits = USUAL_LIMITS;

  /** @param requestTimeout milliseconds */
  constructor(requestTimeout: number) {
    this.maxWait = WAIT_SHARE * requestTimeout;
  }

  /** How many requests wait for their turn. */
  get waitingCount(): number {
    return this.reads.waiting.size + this.writes.waiting.size;
  }

  /** A connection was accepted. */
  accepted(): void {
    this.hasAccepted = true;
    this.limits = LIMITS_WHILE_ACCEPTING;
    this.endTurn();
  }

  /** Begins a request when it is its turn, or refuses it. */
  admit(request: FastifyRequest, reply: FastifyReply, begin: () => void): void {
    // A client that has gone already ends nothing later.
    if (isExempt(request) || reply.raw.destroyed) {
      begin();
      return;
    }
    const lane = isRead(request) ? this.reads : this.writes;
    if (lane.waiting.size === 0 && this.hasRoom(lane)) {
      this.begin(lane, reply, begin);
    } else if (lane.waiting.size < MAX_WAITING) {
      this.wait(lane, reply, {
        since: performance.now(),
        begin: () => {
          this.begin(lane, reply, begin);
        },
        refuse: () => {
          refuseRequest(request, reply);
        },
      });
    } else {
      refuseRequest(request, reply);
    }
  }

  private hasRoom(lane: Lane): boolean {
    return lane.underWay < this.limits.underWay && lane.begunInTurn < this.limits.perTurn;
  }

  private begin(lane: Lane, reply: FastifyReply, begin: () => void): void {
    lane.underWay++;
    lane.begunInTurn++;
    reply.raw.once('close', () => {
      lane.underWay--;
      if (lane.waiting.size > 0) this.endTurn();
    });
    this.endTurn();
    begin();
  }

  private wait(lane: Lane, reply: FastifyReply, entry: Waiting): void {
    lane.waiting.add(entry);
    // The client may go away, or the request may be answered because of its time.
    reply.raw.once('close', () => lane.waiting.delete(entry));
    this.endTurn();
    this.timer ??= setInterval(this.refuseLate, CHECK_INTERVAL);
  }

  private endTurn(): void {
    this.turn ??= setImmediate(this.beginTurn);
  }

  private readonly beginTurn = (): void => {
    this.turn = undefined;
    this.limits = this.hasAccepted ? LIMITS_WHILE_ACCEPTING : USUAL_LIMITS;
    // Connections that wait to be accepted are accepted in the next turns.
    if (this.hasAccepted) this.endTurn();
    this.hasAccepted = false;
    for (const lane of this.lanes) lane.begunInTurn = 0;
    this.refuseLate();
    for (const lane of this.lanes) {
      for (const entry of lane.waiting) {
        if (!this.hasRoom(lane)) break;
        lane.waiting.delete(entry);
        entry.begin();
      }
    }
  };

  private readonly refuseLate = (): void => {
    const oldest = performance.now() - this.maxWait;
    for (const lane of this.lanes) {
      for (const entry of lane.waiting) {
        if (entry.since > oldest) break;
        lane.waiting.delete(entry);
        entry.refuse();
      }
    }
    if (this.waitingCount > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  };
}

/** Routes with a limit of their own, and those that may take long. */
function isExempt({ routeOptions }: FastifyRequest): boolean {
  const settings = routeOptions.config as RouteSettings | undefined;
  return settings?.unqueued === true || settings?.unlimited === true;
}

/**
 * Clients that ignore `Retry-After` would send the next request at once, and refusals would take the time of the others.
 * So the connection is not read for that long.
 */
function refuseRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { socket } = request.raw;
  reply.raw.once('finish', () => {
    socket.pause();
    setTimeout(() => socket.resume(), REFUSED_PAUSE).unref();
  });
  const detail = 'Too many requests are waiting; try again shortly.';
  sendProblem(new Problem(UNAVAILABLE, { detail }), request, reply);
}
