/** What is seen of a provider on this device. */
export interface Detected {
  /** Its package's version; absent where it is not installed. */
  readonly version?: string;
  /** It answers and scans. */
  readonly isOn: boolean;
  /** It also looks at files as they are opened. */
  readonly realTime: boolean;
}

interface Health {
  readonly isHealthy: boolean;
  /** In English, as reports travel. */
  readonly reason?: string;
}

/** A file by its path, or bytes that never were a file. */
export type ScanTarget = { readonly path: string } | { readonly bytes: Uint8Array };

/** What a scan found; `signature` is the provider's own name for it. */
export type Verdict = { readonly signature?: string };

/** Something the provider stopped. Never the content of a file. */
export interface Detection {
  readonly at: string;
  readonly path: string;
  readonly signature: string;
}

/** A set that was verified and lies in a directory of its own. */
export interface DefinitionsOnDisk {
  readonly directory: string;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  /** Names of an earlier set that this one no longer has. */
  readonly retired: readonly string[];
}

/**
 * The contract of an antivirus provider, whoever wrote it. Each act may be repeated: what is done already is no error.
 * `enable` and `disable` turn protection as files are opened on and off, over restarts too.
 */
export interface Provider {
  readonly name: string;
  detect(): Promise<Detected>;
  /** Takes a package whose digest was just checked. */
  install(debFile: string): Promise<void>;
  /** Takes away what `install` brought. */
  remove(): Promise<void>;
  enable(): Promise<void>;
  disable(): Promise<void>;
  health(): Promise<Health>;
  /** Also while protection is off. */
  scan(target: ScanTarget): Promise<Verdict>;
  /** `test` loads a set and changes nothing, `use` puts it in place of the old one. */
  definitions(act: 'test' | 'use', set: DefinitionsOnDisk): Promise<void>;
  /** Whether the files of a set are in place as they were signed. */
  holds(files: DefinitionsOnDisk['files']): Promise<boolean>;
  /** The newest last. */
  detections(): Promise<readonly Detection[]>;
}
