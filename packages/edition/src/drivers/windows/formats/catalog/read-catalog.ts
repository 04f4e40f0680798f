import { readDer } from '@imprint/trust';
import { type CatalogMember, oid } from './catalog.ts';
import { objectIdentifier } from './der-values.ts';
import { readSignedData } from './signed-data.ts';

const der = { objectIdentifier: 0x06, octetString: 0x04, sequence: 0x30, set: 0x31, utcTime: 0x17 } as const;
/** The content of an encoded OBJECT IDENTIFIER, in hex. */
const idOf = (dotted: string) => Buffer.from(objectIdentifier(dotted).subarray(2)).toString('hex');
const indirectDataId = idOf(oid.indirectData);
const peImageId = idOf(oid.peImage);

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Source: Authenticode signature format, "SpcIndirectDataContent". */
function memberOf(indirectData: Uint8Array): CatalogMember {
  const content = readDer(indirectData);
  const type = readDer(content.read(der.sequence)).read(der.objectIdentifier);
  const digestInfo = readDer(content.read(der.sequence));
  digestInfo.skip();
  const digest = hexOf(digestInfo.read(der.octetString));
  return { kind: hexOf(type) === peImageId ? 'pe' : 'flat', digest };
}

function membersOf(subject: Uint8Array): CatalogMember[] {
  const reader = readDer(subject);
  reader.skip();
  const attributes = readDer(reader.read(der.set));
  const members: CatalogMember[] = [];
  while (!attributes.done) {
    const attribute = readDer(attributes.read(der.sequence));
    const type = hexOf(attribute.read(der.objectIdentifier));
    const values = readDer(attribute.read(der.set));
    if (type === indirectDataId) members.push(memberOf(values.read(der.sequence)));
  }
  return members;
}

/** Reads a catalog's members, whose digests are SHA-1 in older catalogs; whether its signature holds is for `verifySignature`. @throws RangeError if malformed */
export function readCatalogMembers(bytes: Uint8Array): readonly CatalogMember[] {
  const list = readDer(readDer(readSignedData(bytes).content).read(der.sequence));
  while (list.peek() !== der.utcTime) list.skip();
  list.skip();
  list.skip();
  if (list.done) return [];
  const subjects = readDer(list.read(der.sequence));
  const members: CatalogMember[] = [];
  while (!subjects.done) members.push(...membersOf(subjects.read(der.sequence)));
  return members;
}
