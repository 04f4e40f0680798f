/** Returns where a repository keeps a metadata file, relative to its root. Source: TUF 1.0.34 §6.2.1. */
export function metadataPath(role: string, version: number, consistent = true): string {
  return role === 'timestamp' || !consistent ? `metadata/${role}.json` : `metadata/${version}.${role}.json`;
}

/** Returns where a repository keeps a target file, relative to its root. Source: TUF 1.0.34 §6.2.1. */
export function targetFilePath(targetPath: string, sha256: string, consistent = true): string {
  const slash = targetPath.lastIndexOf('/') + 1;
  const name = targetPath.slice(slash);
  return `targets/${targetPath.slice(0, slash)}${consistent ? `${sha256}.${name}` : name}`;
}
