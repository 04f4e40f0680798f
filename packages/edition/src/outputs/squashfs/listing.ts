import { packFields } from './fields.ts';
import type { MetadataPlace } from './metadata.ts';

const entriesPerHeader = 256;

export interface ListedChild {
  readonly name: Buffer;
  readonly number: number;
  /** The basic inode type. */
  readonly type: number;
  readonly place: MetadataPlace;
}

/** A run of children one header can speak for: same inode block, numbers within 16 bits of the first's. */
function takeRun(children: readonly ListedChild[], from: number): ListedChild[] {
  const first = children[from];
  const run: ListedChild[] = [];
  for (let at = from; first !== undefined && at < children.length && run.length < entriesPerHeader; at++) {
    const child = children[at];
    if (child === undefined || child.place.block !== first.place.block) break;
    if (Math.abs(child.number - first.number) > 32767) break;
    run.push(child);
  }
  return run;
}

/** A directory's listing; children are given sorted by the bytes of their names. */
export function directoryListing(children: readonly ListedChild[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < children.length; ) {
    const run = takeRun(children, at);
    const [first] = run;
    if (first === undefined) break;
    parts.push(packFields([run.length - 1, 4], [first.place.block, 4], [first.number, 4]));
    for (const { name, number, type, place } of run) {
      const delta = (number - first.number) & 0xffff;
      parts.push(packFields([place.offset, 2], [delta, 2], [type, 2], [name.length - 1, 2]), name);
    }
    at += run.length;
  }
  return Buffer.concat(parts);
}
