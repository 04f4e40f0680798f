import { writeDer } from '@imprint/trust';
import {
  bitString,
  explicit,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  utcTime,
} from './der-values.ts';

/** A file a catalog speaks for: a PE by its Authenticode digest, any other by the digest of its bytes. */
export interface CatalogMember {
  readonly kind: 'pe' | 'flat';
  /** SHA-256 in hex; an older catalog that is read may have SHA-1, which the length tells. */
  readonly digest: string;
}

/** Object identifiers of catalogs and their members. Source: Microsoft's 1.3.6.1.4.1.311 arc, RFC 2315 §14. */
export const oid = {
  signedData: '1.2.840.113549.1.7.2',
  sha256: '2.16.840.1.101.3.4.2.1',
  certificateTrustList: '1.3.6.1.4.1.311.10.1',
  catalogList: '1.3.6.1.4.1.311.12.1.1',
  catalogMemberV2: '1.3.6.1.4.1.311.12.1.3',
  indirectData: '1.3.6.1.4.1.311.2.1.4',
  peImage: '1.3.6.1.4.1.311.2.1.15',
  flatFile: '1.3.6.1.4.1.311.2.1.25',
} as const;

/** SpcLink with an empty file name. Source: Authenticode signature format, "SpcLink". */
const emptyLink = () => explicit(2, writeDer(0x80));

/** SpcIndirectDataContent. Source: Authenticode signature format, "SpcIndirectDataContent". */
function indirectData({ kind, digest }: CatalogMember): Uint8Array {
  const data =
    kind === 'pe'
      ? sequence(
          objectIdentifier(oid.peImage),
          sequence(bitString(Uint8Array.of()), explicit(0, emptyLink())),
        )
      : sequence(objectIdentifier(oid.flatFile), emptyLink());
  const algorithm = sequence(objectIdentifier(oid.sha256), nullValue());
  return sequence(data, sequence(algorithm, octetString(Buffer.from(digest, 'hex'))));
}

function trustedSubject(member: CatalogMember): Uint8Array {
  const attribute = sequence(objectIdentifier(oid.indirectData), setOf(indirectData(member)));
  return sequence(octetString(Buffer.from(member.digest, 'hex')), setOf(attribute));
}

/**
 * Writes an unsigned catalog: a PKCS #7 SignedData without signers around a certificate trust list, members in
 * the order of their digests. Source: RFC 2315 §9.1, [MS-CAESO] "Certificate Trust List", catalog version 2.
 *
 * @param listIdentifier 16 bytes in hex that name this list
 */
export function writeCatalog(options: {
  readonly members: readonly CatalogMember[];
  readonly listIdentifier: string;
  readonly epochSeconds: number;
}): Uint8Array {
  const sorted = [...options.members].sort((a, b) =>
    a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0,
  );
  const list = sequence(
    sequence(objectIdentifier(oid.catalogList)),
    octetString(Buffer.from(options.listIdentifier, 'hex')),
    utcTime(options.epochSeconds),
    sequence(objectIdentifier(oid.catalogMemberV2), nullValue()),
    sequence(...sorted.map(trustedSubject)),
  );
  const signedData = sequence(
    integer(1),
    setOf(),
    sequence(objectIdentifier(oid.certificateTrustList), explicit(0, list)),
    setOf(),
  );
  return sequence(objectIdentifier(oid.signedData), explicit(0, signedData));
}
