import type { FastifyRequest } from 'fastify';
import type { AccessContext } from '../database/context.ts';

/** What a token or a session may do. Each route names the one scope it needs. */
export const scopes = [
  'organisation:read',
  'organisation:write',
  'people:read',
  'people:write',
  'edition:read',
  'edition:write',
  'release:read',
  'licensing:read',
  'licensing:write',
  'licensing:allocate',
  'fleet:read',
  'fleet:write',
  'assurance:read',
] as const;
export type Scope = (typeof scopes)[number];

/** Whom a request comes from, once its token or session is known. */
export interface Access extends AccessContext {
  readonly agencyId: string;
  readonly scopes: readonly Scope[];
  /** The person who answers for a token that they, or a token of theirs, issued; absent where the actor does. */
  readonly principal?: string;
  /** Present when a person asks, absent when a machine does by its token. */
  readonly session?: SessionAccess;
}

export interface SessionAccess {
  readonly id: string;
  readonly personId: string;
  /** When the person last proved by a second factor to be there. */
  readonly steppedUpAt?: Date;
}

/** What a route asks of whoever calls it. */
export interface Needs {
  readonly scope?: Scope;
  /** A person's session is needed; a token does not do. */
  readonly session?: true;
  /** A person has proved within the last minutes to be there; tokens are exempt. */
  readonly stepUp?: true;
  /** The route hands out sessions: a browser may call it from its own origin only. */
  readonly sameOrigin?: true;
}

type Further = Pick<Needs, 'stepUp'>;

/** Route options of a route that needs a token or a session with the scope; routes without them are open to anyone. */
export function needs(scope: Scope, further: Further = {}): { config: Needs } {
  return { config: { scope, ...further } };
}

/** Route options of a route for a signed-in person about themselves. */
export function needsSession(further: Further = {}): { config: Needs } {
  return { config: { session: true, ...further } };
}

/** Route options of an open route by which a browser signs in. */
export function signsIn(): { config: Needs } {
  return { config: { sameOrigin: true } };
}

/** Who answers for what is done: with tokens of one's own one is still one person. */
export function principalOf({ principal, actor }: Pick<Access, 'principal' | 'actor'>): string {
  return principal ?? actor;
}

const accesses = new WeakMap<FastifyRequest['raw'], Access>();

export function grantAccess(request: Pick<FastifyRequest, 'raw'>, access: Access): void {
  accesses.set(request.raw, access);
}

/** The access of a request on a route that `needs` a scope or a session. */
export function accessOf(request: Pick<FastifyRequest, 'raw'>): Access {
  const access = accesses.get(request.raw);
  if (access === undefined) throw new TypeError('the route does not declare what it needs');
  return access;
}

/** The person's session of a request on a route that `needsSession`. */
export function sessionOf(request: Pick<FastifyRequest, 'raw'>): SessionAccess {
  const { session } = accessOf(request);
  if (session === undefined) throw new TypeError('the route does not declare that it needs a session');
  return session;
}
