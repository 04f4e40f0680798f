// Constants stand apart from the schemas so that a device's bundle carries no schema library for them.

/** JWS header `typ` of each device message. */
export const messageTypes = {
  enrol: 'imprint-enrol+jwt',
  checkIn: 'imprint-check-in+jwt',
} as const;

export const releaseStatementType = 'urn:imprint:attestation:release-approval:v1';
export const withdrawalStatementType = 'urn:imprint:attestation:release-withdrawal:v1';
export const coreIntegrityStatementType = 'urn:imprint:attestation:core-integrity:v1';

/** Where the agent finds what the press writes into an image. */
export const devicePaths = {
  settings: '/etc/imprint/agent.json',
  root: '/etc/imprint/root.json',
  edition: '/usr/lib/imprint/edition.json',
  policy: '/usr/lib/imprint/policy.json',
  antivirusDefinitions: '/usr/lib/imprint/antivirus-definitions.json',
} as const;
