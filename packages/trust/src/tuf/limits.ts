/** Upper bounds in bytes, applied before anything is parsed. Source: TUF 1.0.34 §5.3.3, §5.4.1, §5.5.1, §5.6.1. */
export const metadataLimits = {
  root: 512 * 1024,
  timestamp: 16 * 1024,
  snapshot: 2 * 1024 * 1024,
  targets: 5 * 1024 * 1024,
} as const;

/** A target is held in memory: a release manifest, never an image. */
export const maximumTargetBytes = 16 * 1024 * 1024;
/** New roots accepted in one refresh. Source: TUF 1.0.34 §5.3.3. */
export const maximumRootRotations = 256;
export const maximumKeys = 256;
export const maximumSignatures = 64;
export const maximumDelegations = 32;
