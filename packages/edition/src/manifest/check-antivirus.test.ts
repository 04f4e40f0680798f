import { describe, expect, test } from 'vitest';
import { alternativeIndexes, antivirusProblems } from './check-antivirus.ts';
import { type Located, valueAt } from './located.ts';
import { parseYaml } from './parse-yaml.ts';

const clamav = `
  - { role: antivirus, name: clamav, supplier: Debian, origin: upstream, package: clamav-daemon,
      default: true, approvedUntil: "2027-12-31T00:00:00Z", definitions: definitions.json }`;
const guard = `
  - { role: antivirus, name: Guard, supplier: Guard, origin: local, file: guard.deb,
      approvedUntil: "2027-06-30T00:00:00Z", sendsOut: [{ en: digests, zh-CN: 摘要 }] }`;
const agent = `
  - { role: agent, name: imprint-agent, supplier: Imprint, origin: local, file: agent.deb }`;

function root(...components: string[]): Located {
  const text = `components:${components.join('')}\n`;
  const parsed = parseYaml({ file: 'edition.yaml', directory: '/e', text });
  if ('problems' in parsed) throw parsed.problems[0];
  return parsed.value;
}
const problems = (...components: string[]) =>
  antivirusProblems(root(...components)).map(({ code, params, place }) => ({
    code,
    expected: params.expected,
    at: place?.pointer,
  }));

describe('an edition with several antivirus providers', () => {
  test('has the default one in the image, the others as files of their own', () => {
    expect(problems(agent, clamav, guard)).toEqual([]);
    expect([...alternativeIndexes(valueAt(root(agent, clamav, guard), '/components'))]).toEqual([2]);
  });

  test('with one alone needs none of it, and that one is in the image', () => {
    const plain = `
  - { role: antivirus, name: clamav, supplier: Debian, origin: upstream, package: clamav-daemon }`;
    expect(problems(agent, plain)).toEqual([]);
    expect(alternativeIndexes(valueAt(root(plain), '/components')).size).toBe(0);
  });

  test.each<[string, string[], string]>([
    [
      'two defaults',
      [clamav, guard.replace('approvedUntil', 'default: true, approvedUntil')],
      '/components/1/default',
    ],
    ['no default', [clamav.replace('default: true,', ''), guard], '/components/1/default'],
    [
      'no end of its approval',
      [clamav, guard.replace(/approvedUntil: "[^"]*",/, '')],
      '/components/1/approvedUntil',
    ],
    [
      'an end that is no instant',
      [clamav, guard.replace('2027-06-30T00:00:00Z', '2027-06-30')],
      '/components/1/approvedUntil',
    ],
    [
      'an alternative of upstream',
      [clamav, guard.replace('file: guard.deb', 'package: guard')],
      '/components/1/package',
    ],
    [
      'definitions of an alternative',
      [clamav, guard.replace('sendsOut', 'definitions: g.json, sendsOut')],
      '/components/1/definitions',
    ],
    [
      'a name no path can have',
      [clamav, guard.replace('name: Guard', 'name: 卫士')],
      '/components/1/provider',
    ],
    [
      'an approval of something else',
      [agent.replace('file:', 'approvedUntil: "2027-06-30T00:00:00Z", file:'), clamav],
      '/components/0/approvedUntil',
    ],
  ])('is refused with %s, at its place', (_what, components, at) => {
    expect(problems(...components)).toContainEqual(
      expect.objectContaining({ code: 'MANIFEST_ANTIVIRUS', at }),
    );
  });
});
