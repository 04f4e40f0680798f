/** Minutes within which a proof of presence allows what a stolen session must not. */
export const freshMinutes = 5;

/** How many passkeys one person may hold. */
export const passkeyLimit = 20;

/** What a browser signed: kind of ceremony, challenge and the page's origin. */
interface ClientData {
  readonly type: string;
  readonly challenge: string;
  readonly origin: string;
}

/** Reads the client data of a credential's answer; undefined when it is not that. Source: WebAuthn Level 3 §5.8.1. */
export function readClientData(base64url: string): ClientData | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    const { type, challenge, origin } = data as Record<string, unknown>;
    const isWhole = [type, challenge, origin].every((part) => typeof part === 'string');
    return isWhole ? { type: String(type), challenge: String(challenge), origin: String(origin) } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * True when a counter shows two holders of one key: one that counts must grow with every use, and one that never counted
 * stays at zero. Source: WebAuthn Level 3 §6.1.1.
 */
export function isCounterBack(kept: number, seen: number): boolean {
  return (kept > 0 || seen > 0) && seen <= kept;
}

/** How somebody can sign in. */
export interface WaysIn {
  readonly passkeys: number;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  /** An identity provider knows them. */
  readonly isLinked: boolean;
}

/** True when the ways that are left let somebody sign in with as many factors as their roles demand. */
export function canSignIn(ways: WaysIn, needsTwoFactors: boolean): boolean {
  if (ways.passkeys > 0) return true;
  const hasFirst = ways.hasPassword || ways.isLinked;
  return hasFirst && (ways.hasTotp || !needsTwoFactors);
}

/**
 * True when a session may add a passkey: the person has just proved by a second factor to be there, or has none yet to
 * prove it with and has just signed in.
 */
export function mayRegister(
  session: { readonly created_at: Date; readonly stepped_up_at: Date | null },
  ways: WaysIn,
  now: Date,
): boolean {
  const isFresh = (at: Date | null) => at !== null && now.getTime() - at.getTime() <= freshMinutes * 60_000;
  const hasSecond = ways.passkeys > 0 || ways.hasTotp;
  return isFresh(session.stepped_up_at) || (!hasSecond && isFresh(session.created_at));
}
