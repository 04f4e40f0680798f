import type { RootDraft } from '../rooms/release/index.ts';
import type { Context } from './context.ts';
import { columns } from './help.ts';

/** A root as `--json` shows it. */
export function draftData(draft: RootDraft) {
  const { signed } = draft.root;
  return {
    directory: draft.directory,
    sha256: draft.sha256,
    version: signed.version,
    expires: signed.expires,
    profile: signed['x-imprint-profile'] ?? 'intl',
    parties: signed['x-imprint-parties']?.parties ?? {},
    ...(signed['x-imprint-emergency'] === undefined ? {} : { emergency: signed['x-imprint-emergency'] }),
    missing: draft.missing,
  };
}

/** A root for people: who the parties are and who has yet to sign. */
export function draftLines(draft: RootDraft, { say, language }: Context): string[] {
  const { sha256, version, expires, profile, parties, emergency, missing, directory } = draftData(draft);
  const rows = Object.entries(parties).flatMap(([name, party]) => {
    const need = `${party.threshold}/${Math.max(party.keyIds.length, party.nationalKeyIds?.length ?? 0)}`;
    const keys = [...party.keyIds, ...(party.nationalKeyIds ?? [])];
    return keys.map((keyId, index): readonly [string, string] =>
      index === 0 ? [`${name} (${party.title[language]}) ${need}`, keyId] : ['', keyId],
    );
  });
  return [
    say({ en: `root ${version} in ${directory}`, 'zh-CN': `根 ${version}，位于 ${directory}` }),
    ...columns([
      ['sha256', sha256],
      [say({ en: 'profile', 'zh-CN': '密码配置' }), profile],
      [say({ en: 'expires', 'zh-CN': '到期' }), expires],
    ]),
    say({ en: 'parties, all mandatory:', 'zh-CN': '参与方（均为必要）：' }),
    ...columns(rows),
    ...(emergency === undefined
      ? []
      : [
          say({
            en: `in an emergency, for ${emergency.withinHours} hours:`,
            'zh-CN': `紧急情况下（${emergency.withinHours} 小时内）：`,
          }),
          ...columns(
            Object.entries(parties).map(([name, { threshold }]) => [
              name,
              String(emergency.thresholds[name] ?? threshold),
            ]),
          ),
        ]),
    missing.length === 0
      ? say({ en: 'signed by every party', 'zh-CN': '各方均已签署' })
      : say({ en: `still to sign: ${missing.join(', ')}`, 'zh-CN': `尚未签署：${missing.join('、')}` }),
  ];
}
