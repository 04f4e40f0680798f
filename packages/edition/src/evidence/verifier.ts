import packageJson from '../../package.json' with { type: 'json' };

/** Who made the evidence: named in every statement, so that its rules can be looked up. */
export const verifier = { id: 'urn:imprint:edition', version: packageJson.version } as const;
