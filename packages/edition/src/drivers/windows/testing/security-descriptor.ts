/** Well-known identities. Source: [MS-DTYP] §2.4.2.4; TrustedInstaller is a service SID. */
const sids = {
  system: 'S-1-5-18',
  administrators: 'S-1-5-32-544',
  users: 'S-1-5-32-545',
  trustedInstaller: 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
} as const;

type Identity = keyof typeof sids;

const fullControl = 0x1f01ff;
const readExecute = 0x1200a9;

/** Encodes a SID. Source: [MS-DTYP] §2.4.2.2. */
function encodeSid(identity: Identity): Buffer {
  const [, , authority = 0, ...subAuthorities] = sids[identity].split('-').map(Number);
  const bytes = Buffer.alloc(8 + 4 * subAuthorities.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(subAuthorities.length, 1);
  bytes.writeUIntBE(authority, 2, 6);
  subAuthorities.forEach((value, i) => {
    bytes.writeUInt32LE(value, 8 + 4 * i);
  });
  return bytes;
}

/** Encodes an ACCESS_ALLOWED_ACE. Source: [MS-DTYP] §2.4.4.2. */
function encodeAce(identity: Identity, mask: number, flags: number): Buffer {
  const sid = encodeSid(identity);
  const head = Buffer.alloc(8);
  head.writeUInt8(flags, 1);
  head.writeUInt16LE(8 + sid.length, 2);
  head.writeUInt32LE(mask, 4);
  return Buffer.concat([head, sid]);
}

/** Writes a self-relative descriptor with a protected DACL. Source: [MS-DTYP] §2.4.6. */
function encodeDescriptor(owner: Identity, aces: readonly Buffer[]): Buffer {
  const [ownerSid, list] = [encodeSid(owner), Buffer.concat(aces)];
  const acl = Buffer.alloc(8);
  acl.writeUInt8(2, 0);
  acl.writeUInt16LE(8 + list.length, 2);
  acl.writeUInt16LE(aces.length, 4);
  const head = Buffer.alloc(20);
  head.writeUInt8(1, 0);
  head.writeUInt16LE(0x9004, 2);
  head.writeUInt32LE(20, 4);
  head.writeUInt32LE(20 + ownerSid.length, 8);
  head.writeUInt32LE(20 + 2 * ownerSid.length, 16);
  return Buffer.concat([head, ownerSid, ownerSid, acl, list]);
}

/** The descriptors of the fixture's files, as the kinds that a Windows installation has. */
export const descriptors = {
  protected: encodeDescriptor('trustedInstaller', [
    encodeAce('trustedInstaller', fullControl, 0),
    encodeAce('administrators', readExecute, 0),
    encodeAce('system', readExecute, 0),
    encodeAce('users', readExecute, 0),
  ]),
  directory: encodeDescriptor('system', [
    encodeAce('system', fullControl, 3),
    encodeAce('administrators', fullControl, 3),
    encodeAce('users', readExecute, 3),
  ]),
  hive: encodeDescriptor('administrators', [
    encodeAce('system', fullControl, 0),
    encodeAce('administrators', fullControl, 0),
  ]),
} as const;

export type DescriptorKind = keyof typeof descriptors;
