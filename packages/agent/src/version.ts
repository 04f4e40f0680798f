import manifest from '../package.json' with { type: 'json' };

/** The agent's own version, as its package states it. */
export const agentVersion: string = manifest.version;
