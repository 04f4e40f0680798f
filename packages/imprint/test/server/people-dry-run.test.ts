import { afterAll, beforeAll, expect, it } from 'vitest';
import { testPerson } from '../support/test-browser.ts';
import { ask, type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let root: string;
beforeAll(async () => {
  server = await testServer();
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
});
afterAll(() => server.close());

const rehearse = (method: string, path: string, body?: object) =>
  ask(`${server.url}${path}?dryRun=true`, {
    method,
    headers: {
      authorization: `Bearer ${server.operatorToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const everything = async () => {
  const paths = ['/v1/agencies', '/v1/people', '/v1/entries?limit=200'];
  return Promise.all(paths.map(async (path) => (await server.get(path)).body));
};

it('a dry run about agencies and people answers as the act would, and keeps nothing', async () => {
  const person = await testPerson(server, { login: 'rehearsed', agencyId: root, roles: ['auditor'] });
  const own = `/v1/people/${person.id}`;
  const { people } = (await server.get('/v1/people')).body;
  const [grant] = people.find(({ id }: { id: string }) => id === person.id).grants;
  const before = await everything();
  const agency = { parentId: root, kind: 'ministry', code: 'MIN-7', name: { en: 'a', 'zh-CN': 'a' } };
  const newcomer = { agencyId: root, login: 'newcomer', name: 'Newcomer' };
  const answers = [
    await rehearse('POST', '/v1/agencies', agency),
    await rehearse('POST', '/v1/people', newcomer),
    await rehearse('POST', `${own}/grants`, { role: 'regulator', agencyId: root }),
    await rehearse('POST', `${own}/disable`),
    await rehearse('POST', `${own}/enable`),
    await rehearse('POST', `${own}/reset-factors`),
    await rehearse('DELETE', `${own}/sessions`),
    await rehearse('DELETE', `${own}/grants/${grant.id}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 200, 200, 200, 204, 204]);
  expect(answers[0]?.body).toMatchObject({ code: 'MIN-7' });
  expect(answers[3]?.body.disabledAt).toBeDefined();
  expect(await everything()).toEqual(before);
  expect((await person.browser.get('/v1/session')).status).toBe(200);
  expect((await server.post('/v1/agencies', agency)).status).toBe(201);
  const taken = await rehearse('POST', '/v1/agencies', agency);
  expect([taken.status, taken.body.code]).toEqual([409, 'ORGANISATION_AGENCY_CODE_TAKEN']);
  const separated = await rehearse('POST', `${own}/grants`, {
    role: 'security-administrator',
    agencyId: root,
  });
  expect(separated.body.code).toBe('ORGANISATION_ROLES_SEPARATED');
});
