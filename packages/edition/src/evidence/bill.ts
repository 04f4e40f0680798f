import type { DebianLock } from '@imprint/protocol';
import { type ReferenceContext, referenceOf } from './reference/reference-cache.ts';
import { type BillOfMaterials, factsOf, type LocalPart, type PackageFacts } from './sbom/facts.ts';

/** The manifest's component a lock's input is: inputs go by the component's name, or by its file. */
function componentOf(lock: DebianLock, inputName: string) {
  const components = lock.manifest.components ?? [];
  return components.find(({ name, file }) => name === inputName || file === inputName);
}

/** Joins the lock's packages and inputs with what the packages say of themselves. */
export async function billOf(
  lock: DebianLock,
  lockSha256: string,
  facts: readonly PackageFacts[],
  context: ReferenceContext,
): Promise<BillOfMaterials> {
  const declared = new Map(lock.manifest.components?.map((component) => [component.package, component]));
  const upstream = [...lock.base, ...lock.packages].map((locked, at) => ({
    locked,
    facts: facts[at] as PackageFacts,
    component: declared.get(locked.name),
  }));
  const local: LocalPart[] = [];
  for (const input of lock.inputs.filter(({ role }) => role === 'component')) {
    const { reference } = await referenceOf(input.sha256, context);
    const component = componentOf(lock, input.name) ?? {
      role: 'other' as const,
      name: input.name,
      supplier: reference.maintainer,
      origin: 'local' as const,
    };
    const evidence = lock.inputs.find(
      ({ role, name }) => role === 'component-evidence' && name === input.name,
    );
    local.push({ input, component, facts: factsOf(reference), evidence });
  }
  const data = lock.inputs.filter(({ role }) => role === 'trust-root' || role === 'antivirus-definitions');
  return { lock, lockSha256, upstream, local, data };
}
