import type { LocalizedText, PolicyBaseline, PolicyCheck, PolicyValue, WindowsLock } from '@imprint/protocol';
import { windowsPlanError } from '../../plan/errors.ts';
import { automaticLogin } from './automatic-login.ts';
import { cloudStorage } from './cloud-storage.ts';
import { consumerFeatures } from './consumer-features.ts';
import { coreDumps } from './core-dumps.ts';
import { feedbackPrompts } from './feedback-prompts.ts';
import { firewall } from './firewall.ts';
import { loginBanner } from './login-banner.ts';
import type {
  PolicyContext,
  PolicySetting,
  PolicyStep,
  WindowsPolicyDefinition,
  WindowsPolicyId,
} from './model.ts';
import { checkOf } from './observe.ts';
import { passwordMinLength } from './password-min-length.ts';
import { rootLogin } from './root-login.ts';
import { screenLock } from './screen-lock.ts';
import { telemetry } from './telemetry.ts';
import { updateService } from './update-service.ts';
import { usbStorage } from './usb-storage.ts';

/** Every policy a Windows base can carry out, by its key. */
export const windowsPolicies = {
  automaticLogin,
  cloudStorage,
  consumerFeatures,
  coreDumps,
  feedbackPrompts,
  firewall,
  loginBanner,
  passwordMinLength,
  rootLogin,
  screenLock,
  telemetry,
  updateService,
  usbStorage,
} as const satisfies { readonly [Id in WindowsPolicyId]: WindowsPolicyDefinition<Id> };

/** A policy carried out for one lock: what is intended, what is set, how a device sees that it holds. */
export interface CarriedWindowsPolicy {
  readonly id: WindowsPolicyId;
  readonly title: LocalizedText;
  readonly intended: PolicyValue;
  readonly settings: readonly PolicySetting[];
  readonly firstBoot?: PolicyStep;
  readonly observe: readonly PolicyCheck[];
}

/** A policy that an image cannot carry out, and what could. */
interface UnsupportedPolicy {
  readonly id: WindowsPolicyId;
  readonly supported: string;
}

function lacking<Id extends WindowsPolicyId>(
  { id, editions, fromBuild, values }: WindowsPolicyDefinition<Id>,
  value: NonNullable<PolicyBaseline[Id]>,
  { image }: PolicyContext,
): string | undefined {
  if (values !== undefined && !values.some((one) => one === value)) return `${id}: ${values.join(', ')}`;
  if (editions !== 'all' && !editions.includes(image.editionId)) return editions.join(', ');
  return image.version.build < fromBuild ? `≥ 10.0.${fromBuild}` : undefined;
}

/** The policy for this context, or why not; undefined where nothing is to be done. */
function judge<Id extends WindowsPolicyId>(
  definition: WindowsPolicyDefinition<Id>,
  context: PolicyContext,
): CarriedWindowsPolicy | UnsupportedPolicy | undefined {
  const { id, title } = definition;
  const value = context.manifest.policy?.[id];
  if (value === undefined) return undefined;
  const wish = definition.carry(value, context);
  if (wish === undefined) return undefined;
  const supported = lacking(definition, value, context);
  if (supported !== undefined) return { id, supported };
  const { intended, settings = [], firstBoot } = wish;
  const observe = [
    ...settings.map(checkOf),
    ...(firstBoot === undefined ? [] : [{ kind: 'first-boot', step: firstBoot.id } as const]),
  ];
  return { id, title, intended, settings, observe, ...(firstBoot === undefined ? {} : { firstBoot }) };
}

function judgeAll(context: PolicyContext): (CarriedWindowsPolicy | UnsupportedPolicy)[] {
  const p = windowsPolicies;
  const judged = [
    judge(p.automaticLogin, context),
    judge(p.cloudStorage, context),
    judge(p.consumerFeatures, context),
    judge(p.coreDumps, context),
    judge(p.feedbackPrompts, context),
    judge(p.firewall, context),
    judge(p.loginBanner, context),
    judge(p.passwordMinLength, context),
    judge(p.rootLogin, context),
    judge(p.screenLock, context),
    judge(p.telemetry, context),
    judge(p.updateService, context),
    judge(p.usbStorage, context),
  ];
  return judged.filter((policy) => policy !== undefined);
}

/** The policies of a manifest that an image does not honour, each with what would: editions, builds or values. */
export function unsupportedPolicies(context: PolicyContext): UnsupportedPolicy[] {
  return judgeAll(context).filter((policy) => 'supported' in policy);
}

/**
 * The manifest's policies as settings, steps and checks, sorted by id.
 *
 * @throws WINDOWS_PLAN_POLICY_UNSUPPORTED when the locked image does not honour one
 */
export function carriedWindowsPolicies({ manifest, image }: WindowsLock): CarriedWindowsPolicy[] {
  return judgeAll({ manifest, image }).map((policy) => {
    if (!('supported' in policy)) return policy;
    const { id, supported } = policy;
    throw windowsPlanError('WINDOWS_PLAN_POLICY_UNSUPPORTED', {
      policy: id,
      edition: image.editionId,
      build: image.version.build,
      supported,
    });
  });
}
