import { isRecord, parseJson } from '../../state/json.ts';
import { type CheckOf, differs, holds, type Observer, unknown } from './result.ts';

function chainOf(ruleset: unknown, check: CheckOf<'nft-ruleset'>): Record<string, unknown> | undefined {
  const items = isRecord(ruleset) && Array.isArray(ruleset.nftables) ? (ruleset.nftables as unknown[]) : [];
  for (const item of items) {
    const chain = isRecord(item) ? item.chain : undefined;
    if (!isRecord(chain) || chain.family !== check.family) continue;
    if (chain.table === check.table && chain.name === check.chain) return chain;
  }
  return undefined;
}

/** Asks the kernel for the rules in force; a file of rules would only say what was meant to be loaded. */
export const observeNftRuleset: Observer<'nft-ruleset'> = (check, { device, say }) => {
  const listed = device.run('nft', ['-j', 'list', 'ruleset']);
  if (listed === undefined || listed.status !== 0) {
    return unknown(say('the rules in force cannot be listed', '无法列出当前生效的规则'));
  }
  const chain = chainOf(parseJson(Buffer.from(listed.stdout)), check);
  const name = `${check.family} ${check.table} ${check.chain}`;
  if (chain === undefined) return differs(say(`no chain ${name} is in force`, `链 ${name} 未生效`));
  if (chain.hook === check.hook && chain.policy === check.policy) return holds;
  const got = `${String(chain.hook)} ${String(chain.policy)}`;
  return differs(
    say(
      `expected ${name} with ${check.hook} ${check.policy}, got ${got}`,
      `${name} 应为 ${check.hook} ${check.policy}，实际为 ${got}`,
    ),
  );
};
