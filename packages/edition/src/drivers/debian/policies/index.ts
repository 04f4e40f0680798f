import type { DebianLock, PolicyBaseline } from '@imprint/protocol';
import { buildError } from '../../../engine/errors.ts';
import { hasPackage } from '../context.ts';
import { automaticLogin } from './automatic-login.ts';
import { coreDumps } from './core-dumps.ts';
import { firewall } from './firewall.ts';
import { loginBanner } from './login-banner.ts';
import type { CarriedPolicy, PolicyDefinition } from './model.ts';
import { passwordMinLength } from './password-min-length.ts';
import { rootLogin } from './root-login.ts';
import { screenLock } from './screen-lock.ts';
import { telemetry } from './telemetry.ts';
import { usbStorage } from './usb-storage.ts';

export type { CarriedPolicy } from './model.ts';

/** Every policy a Debian base can carry out, by its key. */
export const policyDefinitions = {
  automaticLogin,
  coreDumps,
  firewall,
  loginBanner,
  passwordMinLength,
  rootLogin,
  screenLock,
  telemetry,
  usbStorage,
} as const satisfies { readonly [Id in keyof PolicyBaseline]?: PolicyDefinition<Id> };

function carry<Id extends keyof PolicyBaseline>(
  definition: PolicyDefinition<Id>,
  lock: DebianLock,
): CarriedPolicy | undefined {
  const { id, title, follows } = definition;
  const value = lock.manifest.policy?.[id];
  if (value === undefined) return undefined;
  const carried = definition.carry(value, lock);
  if (carried === undefined) return undefined;
  const missing = definition.needs?.find((name) => !hasPackage(lock, name));
  if (missing !== undefined) throw buildError('BUILD_POLICY_UNSUPPORTED', { policy: id, package: missing });
  return { id, title, follows, ...carried };
}

/**
 * The manifest's policies as settings and checks, sorted by id.
 *
 * @throws BUILD_POLICY_UNSUPPORTED when the image lacks a package the policy stands on
 */
export function carriedPolicies(lock: DebianLock): CarriedPolicy[] {
  const d = policyDefinitions;
  const carried = [
    carry(d.automaticLogin, lock),
    carry(d.coreDumps, lock),
    carry(d.firewall, lock),
    carry(d.loginBanner, lock),
    carry(d.passwordMinLength, lock),
    carry(d.rootLogin, lock),
    carry(d.screenLock, lock),
    carry(d.telemetry, lock),
    carry(d.usbStorage, lock),
  ];
  return carried.filter((policy) => policy !== undefined);
}
