import type { FastifyRequest } from 'fastify';
import type { AccessContext } from '../database/context.ts';

/** What a token may do. Each route names the one scope it needs. */
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

/** Whom a request comes from, once its token is known. */
export interface Access extends AccessContext {
  readonly agencyId: string;
  readonly scopes: readonly Scope[];
}

/** Route options of a route that needs a token with the scope; routes without them are open to anyone. */
export function needs(scope: Scope): { config: { scope: Scope } } {
  return { config: { scope } };
}

const accesses = new WeakMap<FastifyRequest['raw'], Access>();

export function grantAccess(request: Pick<FastifyRequest, 'raw'>, access: Access): void {
  accesses.set(request.raw, access);
}

/** The access of a request on a route that `needs` a scope. */
export function accessOf(request: Pick<FastifyRequest, 'raw'>): Access {
  const access = accesses.get(request.raw);
  if (access === undefined) throw new TypeError('the route does not declare what it needs');
  return access;
}
