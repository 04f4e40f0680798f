import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { TarMember } from '../tar/read-tar.ts';
import { collect, type MemberVisitor, visitDeb } from '../tar/visit-tar.ts';
import { parseLicences } from './licences.ts';
import type { PackageReference, ReferenceMember } from './model.ts';
import { parseStanza, type Stanza } from './stanzas.ts';

const textLimitBytes = 4 * 1024 * 1024;
const notScripts = new Set(['', 'control', 'conffiles', 'md5sums', 'shlibs', 'symbols']);

/**
 * Reads a `.deb` into its reference: every member of its data archive with digest, mode, owner and link.
 *
 * @param file path of the package, its bytes already checked against `sha256`
 * @throws EVIDENCE_TAR_MALFORMED, TOOL_MISSING, TOOL_FAILED
 */
export async function readReference(
  file: string,
  sha256: string,
  signal?: AbortSignal,
): Promise<PackageReference> {
  const control = await readControl(file, signal);
  const name = control.fields.get('package') ?? '';
  const { members, copyright } = await readData(file, name, signal);
  const homepage = control.fields.get('homepage');
  return {
    schema: 'imprint/reference/v1',
    sha256,
    name,
    version: control.fields.get('version') ?? '',
    architecture: control.fields.get('architecture') ?? '',
    maintainer: control.fields.get('maintainer') ?? '',
    ...(homepage === undefined ? {} : { homepage }),
    description: (control.fields.get('description') ?? '').split('\n')[0] ?? '',
    conffiles: control.conffiles,
    scripts: control.scripts,
    licences: copyright === undefined ? [] : parseLicences(copyright),
    members,
  };
}

interface Control {
  readonly fields: Stanza;
  readonly conffiles: readonly string[];
  readonly scripts: readonly string[];
}

async function readControl(file: string, signal?: AbortSignal): Promise<Control> {
  const texts = new Map<string, string>();
  await visitDeb(
    file,
    'control',
    ({ name, type }) =>
      type === 'file'
        ? collect(textLimitBytes, (content) => texts.set(name, content.toString('utf8')))
        : undefined,
    signal,
  );
  // `remove-on-upgrade /path` marks a conffile that goes away; it is not shipped.
  const conffiles = (texts.get('conffiles') ?? '').split('\n').filter((line) => line.startsWith('/'));
  return {
    fields: parseStanza(texts.get('control') ?? ''),
    conffiles: conffiles.map((line) => line.trim()).sort(),
    scripts: [...texts.keys()].filter((name) => !notScripts.has(name)).sort(),
  };
}

async function readData(file: string, packageName: string, signal?: AbortSignal) {
  const members: ReferenceMember[] = [];
  const byName = new Map<string, ReferenceMember>();
  let copyright: string | undefined;
  const copyrightName = `usr/share/doc/${packageName}/copyright`;
  const add = (member: TarMember, digest?: { sha256: string; sizeBytes: number }) => {
    const made = memberOf(member, digest, byName);
    byName.set(member.name, made);
    members.push(made);
  };
  const visit: MemberVisitor = (member) => {
    if (member.type !== 'file') {
      add(member);
      return undefined;
    }
    const hash = createHash('sha256');
    const text =
      member.name === copyrightName
        ? collect(textLimitBytes, (content) => {
            copyright = content.toString('utf8');
          })
        : undefined;
    return (chunk) => {
      text?.(chunk);
      if (chunk === undefined) add(member, { sha256: hash.digest('hex'), sizeBytes: member.sizeBytes });
      else hash.update(chunk);
    };
  };
  await visitDeb(file, 'data', visit, signal);
  return { members, copyright };
}

function memberOf(
  member: TarMember,
  digest: { sha256: string; sizeBytes: number } | undefined,
  byName: ReadonlyMap<string, ReferenceMember>,
): ReferenceMember {
  const path = `/${member.name}`;
  const { type, mode, uid, gid } = member;
  if (type === 'hardlink') {
    const target = byName.get(member.link.replace(/^\.?\/+/, ''));
    if (target !== undefined) return { ...target, path };
    return { path, type: 'file', mode, uid, gid };
  }
  return {
    path,
    type,
    mode,
    uid,
    gid,
    ...(digest ?? {}),
    ...(type === 'symlink' ? { link: member.link } : {}),
  };
}

/** Reads a package's own changelog: `changelog.Debian` or, for a native package, `changelog`; empty if it ships none. */
export async function readChangelog(
  file: string,
  packageName: string,
  signal?: AbortSignal,
): Promise<string> {
  const found = new Map<string, Buffer>();
  const wanted = new RegExp(
    `^usr/share/doc/${packageName.replace(/[.+]/g, '\\$&')}/(changelog(?:\\.Debian)?(?:\\.gz)?)$`,
  );
  await visitDeb(
    file,
    'data',
    ({ name, type }) => {
      const base = wanted.exec(name)?.[1];
      if (base === undefined || type !== 'file') return undefined;
      return collect(textLimitBytes, (content) => found.set(base, content));
    },
    signal,
  );
  for (const base of ['changelog.Debian.gz', 'changelog.Debian', 'changelog.gz', 'changelog']) {
    const content = found.get(base);
    if (content === undefined) continue;
    return (
      base.endsWith('.gz') ? gunzipSync(content, { maxOutputLength: 64 * 1024 * 1024 }) : content
    ).toString('utf8');
  }
  return '';
}
