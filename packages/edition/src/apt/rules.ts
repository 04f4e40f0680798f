import type { ImprintError } from '@imprint/protocol';
import { compareDebianVersions } from '../diff/debian-version.ts';
import { aptError } from './errors.ts';
import type { ReleaseHead, SuitePackage } from './model.ts';
import type { PublishedSuite } from './published-suite.ts';

/** Why a set may not follow what a suite stands at: apt would drop it, or keep the newer packages, in silence. */
export function suiteRefusal(
  published: PublishedSuite | undefined,
  next: {
    readonly ring: string;
    readonly packages: readonly SuitePackage[];
    readonly date: Date;
    readonly allowOlder: boolean;
  },
): ImprintError | undefined {
  if (published === undefined) return undefined;
  const suite = next.ring;
  const [before, got] = [published.head.date, next.date].map((date) => date.toISOString());
  if (published.head.date >= next.date)
    return aptError('APT_DATE_NOT_NEWER', { suite, published: before ?? '', got: got ?? '' });
  if (next.allowOlder) return undefined;
  const older = next.packages.flatMap(({ name, version, architecture }) => {
    const from = published.versions?.get(`${name}:${architecture}`);
    return from !== undefined && compareDebianVersions(version, from) < 0 ? [{ name, from, version }] : [];
  });
  const [first] = older;
  if (first === undefined) return undefined;
  const params = { suite, count: older.length, package: first.name, from: first.from, to: first.version };
  return aptError('APT_SET_GOES_BACK', params);
}

/**
 * How a served `InRelease` stands to the one last published. `replayed`: older than that, though signed; apt keeps what
 * it has and says nothing. `unsigned`: no good signature of our key. `unknown`: nothing could be fetched.
 */
export type ServedStanding = 'current' | 'replayed' | 'expired' | 'foreign' | 'unsigned' | 'unknown';

export function judgeServed(given: {
  readonly published: ReleaseHead;
  readonly served: ReleaseHead | undefined;
  readonly isSigned: boolean;
  readonly isSame: boolean;
  readonly now: Date;
}): ServedStanding {
  const { published, served, isSigned, isSame, now } = given;
  if (served === undefined) return 'unknown';
  if (!isSigned) return 'unsigned';
  if (served.date < published.date) return 'replayed';
  if (served.validUntil !== undefined && served.validUntil < now) return 'expired';
  return isSame ? 'current' : 'foreign';
}
