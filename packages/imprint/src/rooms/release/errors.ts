import { type ErrorRegistry, errorFactory, type ImprintError } from '@imprint/protocol';
import { definitionsErrors } from './antivirus-definitions/errors.ts';
import type { Refusal } from './model.ts';

export const releaseErrors = {
  ...definitionsErrors,
  RELEASE_FILE_MALFORMED: {
    status: 422,
    exit: 2,
    message: { en: 'expected {expected} in {file}', 'zh-CN': '{file} 应为 {expected}' },
    hint: {
      en: 'the file is damaged or not what it claims to be; ask its author for it again',
      'zh-CN': '文件已损坏或与其声称的内容不符；请向提供者重新索取',
    },
  },
  RELEASE_DOCUMENT_INVALID: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a document of the right shape; it {problem}',
      'zh-CN': '文档结构应正确，实际：{problem}',
    },
    hint: {
      en: 'check that this is the file you meant; if it is, ask its author for it again',
      'zh-CN': '请确认文件是否正确；若正确，请向提供者重新索取',
    },
  },
  RELEASE_FILE_MISSING: {
    status: 404,
    exit: 2,
    message: { en: 'expected {what} at {file}', 'zh-CN': '{file} 处应有 {what}' },
    hint: {
      en: 'check the path; imprint release status lists the candidates here',
      'zh-CN': '请检查路径；imprint release status 列出此处的候选',
    },
  },
  RELEASE_ROOT_MISSING: {
    status: 409,
    exit: 2,
    message: { en: 'expected a signed root at {file}', 'zh-CN': '{file} 处应有已签署的根元数据' },
    hint: {
      en: 'run imprint trust init, then imprint trust sign-root',
      'zh-CN': '请运行 imprint trust init，然后运行 imprint trust sign-root',
    },
  },
  RELEASE_ROOT_EXISTS: {
    status: 409,
    exit: 1,
    message: { en: 'refusing to replace the root at {file}', 'zh-CN': '拒绝替换 {file} 处的根元数据' },
    hint: {
      en: 'devices pin this root; a new one starts in another state directory',
      'zh-CN': '设备已固定此根；新的根应放在另一个状态目录',
    },
  },
  RELEASE_ROOT_UNSIGNED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a root signed by every party, missing {missing}',
      'zh-CN': '根元数据应由各方签署，缺少 {missing}',
    },
    hint: {
      en: 'each missing holder runs imprint trust sign-root',
      'zh-CN': '请缺少的各方运行 imprint trust sign-root',
    },
  },
  RELEASE_EMERGENCY_NOT_ALLOWED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing an emergency: the pinned root has no emergency lane',
      'zh-CN': '拒绝紧急发布：固定的根没有紧急通道',
    },
    hint: {
      en: 'propose it as an ordinary release; a lane is agreed on when the root is made, with imprint trust init --emergency',
      'zh-CN': '请作为普通发布提出；紧急通道须在生成根时以 imprint trust init --emergency 约定',
    },
  },
  RELEASE_EMERGENCY_FIRST: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing an emergency as the first release of a repository',
      'zh-CN': '拒绝将紧急发布作为仓库的首个发布',
    },
    hint: {
      en: 'publish an ordinary release first: it is what devices fall back on when an emergency ends',
      'zh-CN': '请先发布普通版本：紧急批准到期后，设备以其为准',
    },
  },
  RELEASE_EMERGENCY_OVER: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the approval of every party, as the time of the emergency ended at {until}',
      'zh-CN': '紧急批准已于 {until} 到期，应有各方的批准',
    },
    hint: {
      en: 'get the other approvals, or propose it again',
      'zh-CN': '请取得其余各方的批准，或重新提出',
    },
  },
  RELEASE_NOT_EMERGENCY: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a candidate that {edition}/{channel} stands at in the emergency lane, got {id}',
      'zh-CN': '应为 {edition}/{channel} 当前处于紧急通道的候选，实际为 {id}',
    },
    hint: {
      en: 'imprint release status shows what is published; an ordinary candidate goes out with imprint release publish',
      'zh-CN': 'imprint release status 显示已发布内容；普通候选请用 imprint release publish 发布',
    },
  },
  RELEASE_ROOT_MISMATCH: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a candidate for root {expected}, got {got}',
      'zh-CN': '候选应对应根 {expected}，实际为 {got}',
    },
    hint: { en: 'propose the build again under the present root', 'zh-CN': '请在当前根之下重新提出该构建' },
  },
  RELEASE_PARTY_INVALID: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected {expected} for party "{party}", got {got}',
      'zh-CN': '参与方 “{party}” 应为 {expected}，实际为 {got}',
    },
    hint: { en: 'see imprint trust init --help', 'zh-CN': '参见 imprint trust init --help' },
  },
  RELEASE_KEY_SHARED: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing to give one key ({keyId}) to both {first} and {second}',
      'zh-CN': '拒绝将同一密钥（{keyId}）同时用于 {first} 与 {second}',
    },
    hint: {
      en: 'each holder makes a key of its own with imprint key new',
      'zh-CN': '每个持有者应使用 imprint key new 生成自己的密钥',
    },
  },
  RELEASE_NOT_A_PARTY: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected a key of a party in the pinned root, got the key of "{holder}" ({keyId})',
      'zh-CN': '应为根中某一参与方的密钥，实际为 “{holder}” 的密钥（{keyId}）',
    },
    hint: {
      en: 'imprint trust show lists the parties and their keys',
      'zh-CN': 'imprint trust show 列出各方及其密钥',
    },
  },
  RELEASE_SUITE_MISSING: {
    status: 403,
    exit: 3,
    message: {
      en: 'expected a {suite} key in the key file of "{holder}", because the root demands profile {profile}',
      'zh-CN': '根要求 {profile} 配置，“{holder}” 的密钥文件应含 {suite} 密钥',
    },
    hint: { en: 'use the key file that is named in the root', 'zh-CN': '请使用根中登记的密钥文件' },
  },
  RELEASE_BUILD_PREVIEW: {
    status: 409,
    exit: 1,
    message: { en: 'refusing to propose a preview build', 'zh-CN': '拒绝将预览构建提出为候选' },
    hint: {
      en: 'run imprint edition build --profile release',
      'zh-CN': '请运行 imprint edition build --profile release',
    },
  },
  RELEASE_BUILD_VIOLATION: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a core with nothing missing and no violation, got {missing} missing and {violations} violations',
      'zh-CN': '核心不应有缺失或违规，实际缺失 {missing} 项、违规 {violations} 项',
    },
    hint: { en: 'imprint edition verify names each path', 'zh-CN': 'imprint edition verify 会列出每个路径' },
  },
  RELEASE_LOCK_MISMATCH: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the lock {expected} of the build, got {got}',
      'zh-CN': '应为构建所用的锁 {expected}，实际为 {got}',
    },
    hint: {
      en: 'give the lock this build was made from with --lock',
      'zh-CN': '请用 --lock 给出此构建所用的锁',
    },
  },
  RELEASE_DERIVATION_MISMATCH: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to go on: {what} does not follow from the files (expected {expected}, got {got})',
      'zh-CN': '拒绝继续：{what} 与文件不符（应为 {expected}，实际为 {got}）',
    },
    hint: {
      en: 'the candidate was altered or is damaged; ask the proposer for it again and sign nothing',
      'zh-CN': '候选已被改动或损坏；请向提出者重新索取，不要签署',
    },
  },
  RELEASE_DERIVATION_ABSENT: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to sign what could not be looked at: {what}',
      'zh-CN': '拒绝签署未能查验的内容：{what}',
    },
    hint: {
      en: 'bring those files, or accept their absence with --without-artifacts',
      'zh-CN': '请带上这些文件，或用 --without-artifacts 接受缺失',
    },
  },
  RELEASE_CANDIDATE_CHANGED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to sign: expected release.json {expected}, got {got}',
      'zh-CN': '拒绝签署：release.json 应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'it changed after it was shown; run imprint release show again',
      'zh-CN': '查看之后内容已改变；请重新运行 imprint release show',
    },
  },
  RELEASE_RING_UNPUBLISHED: {
    status: 422,
    exit: 1,
    message: {
      en: 'refusing to serve ring {ring}: no published release of {edition} on {channel} is made of the lock {lock}',
      'zh-CN': '拒绝向环 {ring} 提供：{edition} 在通道 {channel} 上没有由锁 {lock} 构建的已发布版本',
    },
    hint: {
      en: 'have the candidate approved and publish it with imprint release publish; name the lock of that build',
      'zh-CN': '请先批准候选并用 imprint release publish 发布；指定该构建所用的锁',
    },
  },
  RELEASE_RING_NOT_DEBIAN: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected the lock of a Debian edition, got one of {edition} on Windows',
      'zh-CN': '应为 Debian 版本的锁，实际 {edition} 基于 Windows',
    },
    hint: { en: 'apt suites hold Debian packages only', 'zh-CN': 'apt 仓库仅包含 Debian 软件包' },
  },
  RELEASE_CANDIDATE_EXISTS: {
    status: 409,
    exit: 1,
    message: { en: 'refusing to replace the candidate {id}', 'zh-CN': '拒绝替换候选 {id}' },
    hint: { en: 'give a higher --sequence', 'zh-CN': '请使用更大的 --sequence' },
  },
  RELEASE_APPROVAL_FOREIGN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an approval of release.json {expected}, got one of {got} in {file}',
      'zh-CN': '应为对 release.json {expected} 的批准，{file} 中为 {got}',
    },
    hint: {
      en: 'remove that file; it belongs to another candidate',
      'zh-CN': '请移除该文件；它属于另一个候选',
    },
  },
  RELEASE_APPROVAL_INVALID: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected signatures of a party in {file}, found none that verifies',
      'zh-CN': '{file} 中应有参与方的签名，但没有一个通过验证',
    },
    hint: { en: 'ask that party to approve again', 'zh-CN': '请该方重新批准' },
  },
  RELEASE_BELOW_THRESHOLD: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {needed} {suite} signatures of {party} on {what}, got {have}',
      'zh-CN': '{what} 需要 {party} 的 {needed} 个 {suite} 签名，实际为 {have} 个',
    },
    hint: {
      en: 'ask {party} to run imprint release approve',
      'zh-CN': '请 {party} 运行 imprint release approve',
    },
  },
  RELEASE_REJECTED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to publish what {party} rejected: {reasons}',
      'zh-CN': '拒绝发布已被 {party} 否决的候选：{reasons}',
    },
    hint: {
      en: 'answer the reasons; {party} takes it back with imprint release reject --retract',
      'zh-CN': '请回应理由；{party} 可用 imprint release reject --retract 撤回',
    },
  },
  RELEASE_EXPIRED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected approvals that are still valid, they ended at {expiresAt}',
      'zh-CN': '批准应仍然有效，但已于 {expiresAt} 到期',
    },
    hint: { en: 'propose the build again and have it approved', 'zh-CN': '请重新提出该构建并取得批准' },
  },
  RELEASE_SEQUENCE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a sequence above {current} on {channel}, got {got}',
      'zh-CN': '{channel} 上的序号应大于 {current}，实际为 {got}',
    },
    hint: {
      en: 'going back is a new release: propose it with a higher sequence',
      'zh-CN': '回退也是新的发布：请用更大的序号提出',
    },
  },
  RELEASE_BASE_MOVED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a candidate upon release metadata {current}, got one upon {got}',
      'zh-CN': '候选应基于发布元数据 {current}，实际基于 {got}',
    },
    hint: {
      en: 'another release came first; propose this one again',
      'zh-CN': '已有其他发布在先；请重新提出',
    },
  },
  RELEASE_ARTIFACT_ABSENT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the file {name} of the release, found none',
      'zh-CN': '应有发布所需的文件 {name}，但未找到',
    },
    hint: { en: 'publish where the whole candidate directory is', 'zh-CN': '请在保有完整候选目录的地方发布' },
  },
  RELEASE_PATCH_SET_OTHER: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a patch set whose {what} is {expected}, got {got}',
      'zh-CN': '补丁集的 {what} 应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'encode it again from the release that the channel stands at, or propose with --no-patch-set',
      'zh-CN': '请从通道当前的发布重新编码，或以 --no-patch-set 提出',
    },
  },
  RELEASE_PROPOSE_REFUSED: {
    status: 409,
    exit: 1,
    message: { en: 'refusing to propose: {count} reasons', 'zh-CN': '拒绝提出：{count} 个原因' },
    hint: { en: 'each reason follows with its own hint', 'zh-CN': '各原因及其提示如下' },
  },
  RELEASE_SIGN_REFUSED: {
    status: 409,
    exit: 1,
    message: { en: 'refusing to sign: {count} reasons', 'zh-CN': '拒绝签署：{count} 个原因' },
    hint: { en: 'each reason follows with its own hint', 'zh-CN': '各原因及其提示如下' },
  },
  RELEASE_PUBLISH_REFUSED: {
    status: 409,
    exit: 1,
    message: { en: 'refusing to publish: {count} reasons', 'zh-CN': '拒绝发布：{count} 个原因' },
    hint: { en: 'each reason follows with its own hint', 'zh-CN': '各原因及其提示如下' },
  },
  RELEASE_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected a release on {edition}/{channel}, found none',
      'zh-CN': '{edition}/{channel} 上应有发布，但未找到',
    },
    hint: {
      en: 'imprint release status lists what is published',
      'zh-CN': 'imprint release status 列出已发布的内容',
    },
  },
  RELEASE_ALREADY_WITHDRAWN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a release that still stands, {sha256} is withdrawn',
      'zh-CN': '发布应仍有效，但 {sha256} 已撤回',
    },
    hint: { en: 'publish a new release to replace it', 'zh-CN': '请发布新的版本来替代' },
  },
  RELEASE_NOT_REJECTED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a rejection by {party} to take back, found none',
      'zh-CN': '应有 {party} 的否决可撤回，但未找到',
    },
    hint: { en: 'imprint release status lists rejections', 'zh-CN': 'imprint release status 列出否决' },
  },
  RELEASE_REASON_MISSING: {
    status: 422,
    exit: 2,
    message: { en: 'expected at least one reason', 'zh-CN': '至少需要一条理由' },
    hint: { en: 'give --reason TEXT', 'zh-CN': '请给出 --reason TEXT' },
  },
  RELEASE_BUSY: {
    status: 409,
    exit: 4,
    message: {
      en: 'expected to be alone in {directory}, process {pid} is publishing',
      'zh-CN': '{directory} 正由进程 {pid} 发布，应独占访问',
    },
    hint: { en: 'try again when it is done', 'zh-CN': '请待其完成后重试' },
  },
  RELEASE_POLICY_UNSIGNED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a vendor signature on the policy {sha256}, found none that verifies',
      'zh-CN': '策略 {sha256} 应有供应方签名，但没有一个通过验证',
    },
    hint: {
      en: 'the vendor runs imprint vendor sign-policy',
      'zh-CN': '请供应方运行 imprint vendor sign-policy',
    },
  },
} as const satisfies ErrorRegistry;

export const releaseError = errorFactory(releaseErrors);

export type ReleaseCode = keyof typeof releaseErrors;

/** One error for a list of refusals: the refusal itself when it is the only one, else all of them as details. */
export function refusalError(code: ReleaseCode, refusals: readonly Refusal[]): ImprintError {
  const errors = refusals.map((refusal) => releaseError(refusal.code as ReleaseCode, refusal.params));
  const [only] = errors;
  if (errors.length === 1 && only !== undefined) return only;
  return releaseError(code, { count: errors.length }, { details: errors });
}
