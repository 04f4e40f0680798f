// Constants stand apart from the schemas so that a device's bundle carries no schema library for them.

/** JWS header `typ` of each device message. */
export const messageTypes = {
  enrol: 'imprint-enrol+jwt',
  checkIn: 'imprint-check-in+jwt',
  leaseRequest: 'imprint-lease-request+jwt',
  inventory: 'imprint-inventory+jwt',
} as const;

/** JWS header `typ` of what the operator's licence key signs. */
export const licenceTypes = {
  lease: 'imprint-lease+jwt',
  revocations: 'imprint-revocations+jwt',
} as const;

export const usageReportType = 'application/vnd.imprint.usage-report.v1+json';

/** Where the numbered revocation list stands in the published tree, beside the release metadata. */
export const revocationsPath = 'licensing/revocations.json';

/** The bytes whose SHA-256 names an inventory: its lines, each ended by a line feed. */
export const inventoryText = (inventory: { readonly packages: readonly string[] }): string =>
  inventory.packages.map((line) => `${line}\n`).join('');

/** DSSE payload type of a definitions set. */
export const definitionsType = 'application/vnd.imprint.antivirus-definitions.v1+json';

/** Where the signed definitions of a provider and ring lie below the content tree; their files are blobs. */
export const definitionsPath = (edition: string, provider: string, ring: string): string =>
  `antivirus/${edition}/${provider}/${ring}/definitions.dsse.json`;

export const releaseStatementType = 'urn:imprint:attestation:release-approval:v1';
export const withdrawalStatementType = 'urn:imprint:attestation:release-withdrawal:v1';
export const coreIntegrityStatementType = 'urn:imprint:attestation:core-integrity:v1';

/** The files of an edition that an agent reads, by absolute path within the device's root. */
export interface DevicePaths {
  readonly settings: string;
  readonly root: string;
  readonly edition: string;
  readonly policy: string;
  readonly antivirusDefinitions: string;
}

/** Where the agent finds what the press writes into a Debian image. */
export const devicePaths = {
  settings: '/etc/imprint/agent.json',
  root: '/etc/imprint/root.json',
  edition: '/usr/lib/imprint/edition.json',
  policy: '/usr/lib/imprint/policy.json',
  antivirusDefinitions: '/usr/lib/imprint/antivirus-definitions.json',
} as const satisfies DevicePaths;

/** Below the system drive. What is pressed lies where only administrators write, the agent's memory where only the system reads. */
export const windowsDevicePaths = {
  agent: '/Program Files/Imprint/imprint-agent.exe',
  settings: '/Program Files/Imprint/agent.json',
  root: '/Program Files/Imprint/root.json',
  edition: '/Program Files/Imprint/edition.json',
  policy: '/Program Files/Imprint/policy.json',
  antivirusDefinitions: '/Program Files/Imprint/antivirus-definitions.json',
  firstBoot: '/Program Files/Imprint/first-boot.json',
  /** Definition of the scheduled task that runs the agent. */
  task: '/Program Files/Imprint/agent-task.xml',
  /** Installers and packages the first-boot plan uses. */
  payload: '/Program Files/Imprint/payload',
  state: '/Windows/System32/config/systemprofile/AppData/Local/Imprint',
} as const satisfies DevicePaths & Readonly<Record<string, string>>;
