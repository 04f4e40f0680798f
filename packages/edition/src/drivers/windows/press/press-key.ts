import { canonicalJson, sha256Hex } from '@imprint/trust';
import { derivedUuid } from '../../../plan/identities.ts';
import { imageKey } from '../image-key.ts';
import type { WindowsShop } from './shop.ts';

type Keyed = Pick<WindowsShop, 'plan' | 'lock' | 'method' | 'tools'>;

/** The certificate under which the image's catalog is signed; a step's key names the catalog's place only. */
function signerSha256({ plan, lock }: Keyed): string | undefined {
  const hasCatalog = plan.steps.some(({ actions }) => actions.some(({ kind }) => kind === 'catalog'));
  return hasCatalog ? lock.inputs.find(({ role }) => role === 'catalog-signer')?.sha256 : undefined;
}

/** The image's GUID: what the plan says, or one of its own where no WIM is among the outputs. */
export function imageGuid({ plan }: Pick<WindowsShop, 'plan'>): string {
  const guid = plan.outputs.find(({ kind }) => kind === 'wim')?.options.guid;
  return typeof guid === 'string' ? guid : derivedUuid(plan.lockSha256, 'wim');
}

/** Names the pressed image by all that decides its bytes. */
export function pressKey(shop: Keyed): string {
  const { plan, lock, method, tools } = shop;
  const { wimlib, hivex, osslsigncode } = tools;
  const made = {
    schema: 'imprint/windows-image/v2',
    image: imageKey(lock.image),
    steps: plan.steps.at(-1)?.key ?? null,
    sourceDateEpoch: plan.sourceDateEpoch,
    guid: imageGuid(shop),
    signer: signerSha256(shop) ?? null,
    method,
    tools: { wimlib, hivex, osslsigncode: osslsigncode ?? null },
  };
  return sha256Hex(canonicalJson(made));
}
