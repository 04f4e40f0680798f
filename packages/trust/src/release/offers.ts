import { type ImprintError, isImprintError } from '@imprint/protocol';
import { sha256Hex } from '../digests.ts';
import type { TrustedMetadata } from '../tuf/client.ts';
import { downloadTarget, findTarget } from '../tuf/download.ts';
import type { RepositoryFetch } from '../tuf/session.ts';
import { parseReleaseManifest } from './manifest.ts';

/** A release that a channel's metadata lists, its bytes as listed; nothing of it is approved by that. */
export interface ReleaseOffer {
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly sequence: number;
}

/** What the role `emergency` lists and is no release keeps nobody from the ordinary one; a server that has not got it is asked again. */
function notOffered(error: unknown): undefined {
  if (isImprintError(error, 'TRUST_RELEASE_MALFORMED')) return undefined;
  throw error;
}

/**
 * Downloads what a channel offers, newest first: the release of the role `release`, and one of the role `emergency` where that
 * lists a newer one.
 *
 * @throws TRUST_TUF_NO_TARGET where neither lists any, TRUST_TUF_SIZE, TRUST_TUF_DIGEST, TRUST_TUF_UNAVAILABLE, TRUST_RELEASE_MALFORMED
 */
export async function releaseOffers(
  trusted: TrustedMetadata,
  { edition, channel }: { readonly edition: string; readonly channel: string },
  fetch: RepositoryFetch,
): Promise<readonly ReleaseOffer[]> {
  const offer = async (path: string): Promise<ReleaseOffer> => {
    const bytes = await downloadTarget(trusted, path, fetch);
    return { sha256: sha256Hex(bytes), bytes, sequence: parseReleaseManifest(bytes).sequence };
  };
  const [usual, urgent] = [`${edition}/${channel}/release.json`, `${edition}/${channel}/emergency.json`];
  if (findTarget(trusted, urgent) === undefined) return [await offer(usual)];
  if (findTarget(trusted, usual) === undefined) return [await offer(urgent)];
  const release = await offer(usual);
  const emergency = await offer(urgent).catch(notOffered);
  if (emergency === undefined) return [release];
  return emergency.sequence > release.sequence ? [emergency, release] : [release];
}

/** What a channel comes to: the newest offer that stands, and why a newer one does not. */
export interface TakenRelease<T> {
  readonly taken: T;
  readonly refused?: ImprintError;
}

/**
 * Takes the newest of a channel's offers that stands up to judgement. An emergency that is refused leaves the ordinary release in
 * force; where that is refused too, the newest offer's refusal is the answer.
 */
export async function takeNewest<T>(
  offers: readonly ReleaseOffer[],
  judge: (offer: ReleaseOffer) => Promise<T>,
): Promise<TakenRelease<T>> {
  let refused: ImprintError | undefined;
  for (const offer of offers) {
    try {
      const taken = await judge(offer);
      return refused === undefined ? { taken } : { taken, refused };
    } catch (error) {
      // Who could not be reached, or asked just now, has refused nothing.
      if (!isImprintError(error) || error.definition.exit === 4) throw error;
      refused ??= error;
    }
  }
  throw refused ?? new TypeError('a channel with no offer is refused before');
}
