import type { AntivirusProvider } from '@imprint/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCandidate, loadCandidate, readRoot, reviewCandidate } from '../rooms/release/index.ts';
import { beginCeremony, type Ceremony, propose } from '../rooms/release/testing/ceremony-fixture.ts';
import { reviewLines } from './review-lines.ts';

let ceremony: Ceremony;
beforeEach(async () => {
  ceremony = await beginCeremony('intl');
});
afterEach(() => ceremony.remove());

const guard: AntivirusProvider = {
  name: 'guard',
  title: { en: 'Guard', 'zh-CN': '卫士' },
  supplier: 'Guard Ltd',
  adapter: 'script',
  approvedUntil: '2027-06-30T00:00:00Z',
  sendsOut: [{ en: 'digests of files', 'zh-CN': '文件摘要' }],
  installer: { package: 'guard-antivirus', version: '2.1', sha256: 'ab'.repeat(32), sizeBytes: 9 },
};

test('a signer sees which antivirus providers are allowed, until when, and what they send out', async () => {
  const { id } = await propose(ceremony);
  const candidate = await loadCandidate(await findCandidate(ceremony.paths.candidates, id));
  const review = await reviewCandidate(candidate, await readRoot(ceremony.paths.root));
  expect(reviewLines(review, 'en').join('\n')).not.toContain('antivirus providers allowed');
  const manifest = { ...review.manifest, antivirusProviders: [guard] };
  const lines = reviewLines({ ...review, manifest }, 'en').join('\n');
  expect(lines).toContain('Guard (Guard Ltd), guard-antivirus 2.1, until 2027-06-30T00:00:00Z');
  expect(lines).toContain('sends out: digests of files');
  expect(reviewLines({ ...review, manifest }, 'zh-CN').join('\n')).toContain('向外发送: 文件摘要');
});
