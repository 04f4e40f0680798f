import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CDPSession, chromium, type Page } from 'playwright-core';

/** Debian's Chromium with one page and an authenticator that exists in software only. */
export interface TestChromium {
  /** Opens an address; what it answers does not matter, its origin does. */
  open(url: string): Promise<void>;
  /** Runs `navigator.credentials.create()` in the page and returns the credential as JSON. */
  create(options: object): Promise<Credential>;
  /** Runs `navigator.credentials.get()` in the page and returns the credential as JSON. */
  get(options: object): Promise<Credential>;
  /** Replaces the authenticator by an empty one, with or without a PIN or biometrics. */
  newAuthenticator(options?: { hasUserVerification: boolean }): Promise<void>;
  /** Whether the authenticator says from now on that it checked who uses it. */
  setUserVerified(isUserVerified: boolean): Promise<void>;
  /** What the authenticator keeps: its private keys too, which a copy of it would have. */
  credentials(): Promise<KeptCredential[]>;
  /** Puts a credential into the authenticator as it was. */
  restore(credential: KeptCredential): Promise<void>;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests bend credentials freely, and the server checks the shape
export type Credential = any;

interface KeptCredential {
  readonly credentialId: string;
  readonly isResidentCredential: boolean;
  readonly rpId?: string;
  readonly privateKey: string;
  readonly userHandle?: string;
  readonly signCount: number;
}

export async function testChromium(): Promise<TestChromium> {
  const profile = await mkdtemp(join(tmpdir(), 'imprint-chromium-'));
  const isRoot = process.getuid?.() === 0;
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: isRoot ? ['--no-sandbox'] : [],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  let authenticatorId = await addAuthenticator(cdp, true);
  return {
    open: async (url) => {
      await page.goto(url);
    },
    create: (options) => ceremony(page, 'create', options),
    get: (options) => ceremony(page, 'get', options),
    newAuthenticator: async ({ hasUserVerification } = { hasUserVerification: true }) => {
      await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
      authenticatorId = await addAuthenticator(cdp, hasUserVerification);
    },
    setUserVerified: async (isUserVerified) => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    restore: async (credential) => {
      await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
    },
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

async function addAuthenticator(cdp: CDPSession, hasUserVerification: boolean): Promise<string> {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification,
      isUserVerified: hasUserVerification,
      automaticPresenceSimulation: true,
    },
  });
  return authenticatorId;
}

/** The page asks the browser as a console's script would; the test carries options in and the credential out. */
function ceremony(page: Page, kind: 'create' | 'get', options: object): Promise<Credential> {
  const script = {
    create: `async (options) => (await navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })).toJSON()`,
    get: `async (options) => (await navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })).toJSON()`,
  };
  return page.evaluate(`(${script[kind]})(${JSON.stringify(options)})`);
}
