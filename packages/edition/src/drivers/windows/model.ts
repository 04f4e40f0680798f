/** The hives an edition edits, by what they hold; where each lies in an image is in `data/hives.ts`. */
export type HiveName = 'software' | 'system' | 'default-user';

/** One registry change as a plan holds it; `key` is below the hive's root, with backslashes. */
export type PlannedEdit =
  | {
      readonly key: string;
      readonly name: string;
      readonly type: 'sz' | 'expand-sz';
      readonly data: string;
    }
  | {
      readonly key: string;
      readonly name: string;
      readonly type: 'dword' | 'qword';
      readonly data: number;
    }
  | {
      readonly key: string;
      readonly name: string;
      readonly type: 'multi-sz';
      readonly data: readonly string[];
    }
  | { readonly key: string; readonly name: string; readonly remove: true }
  | { readonly key: string; readonly removeKey: true }
  /** A key without values. */
  | { readonly key: string; readonly addKey: true };

/** One thing a step does to the image. Paths begin with `/` and have slashes. */
export type WindowsAction =
  | { readonly kind: 'registry'; readonly hive: HiveName; readonly edits: readonly PlannedEdit[] }
  /** Adds a certificate authority (PEM, a blob of the content store) to the machine's root store. */
  | { readonly kind: 'trust-certificate'; readonly sha256: string }
  /** Adds a file; `text` is written as it stands, in UTF-8 without a byte order mark or UTF-16LE with one. */
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly text: string;
      readonly encoding: 'utf-8' | 'utf-16le';
    }
  /** Adds a file that is a blob of the content store. */
  | { readonly kind: 'copy'; readonly path: string; readonly sha256: string }
  /** Adds a catalog (signed list of digests) of every file the edition adds. */
  | { readonly kind: 'catalog'; readonly path: string };
