import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { scopes } from '../../src/platform/http/access.ts';
import { type Answer, ask, jsonPost, type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer({}, { start: new Date('2026-03-02T08:00:00.000Z') });
});
afterAll(() => server.close());

const put = (path: string, body: unknown, token = server.operatorToken): Promise<Answer> =>
  ask(server.url + path, { ...jsonPost(body, token), method: 'PUT' });
const inChinese = (path: string, body: unknown, method: 'POST' | 'PUT'): Promise<Answer> => {
  const { headers, ...rest } = jsonPost(body, server.operatorToken);
  return ask(server.url + path, { ...rest, method, headers: { ...headers, 'accept-language': 'zh-CN' } });
};

interface Agency {
  readonly id: string;
  readonly token: string;
}

async function agency(parentId: string, kind: string): Promise<Agency> {
  const wanted = { parentId, kind, name: { en: kind, 'zh-CN': kind } };
  const { id } = (await server.post('/v1/agencies', wanted)).body;
  const issued = await server.post('/v1/tokens', { agencyId: id, label: kind, scopes: [...scopes] });
  return { id, token: issued.body.secret };
}

const root = async (): Promise<string> => (await server.get('/v1/agencies')).body.agencies[0].id;
let numbers = 0;
const agreementWith = (agencyId: string, extra: object = {}) => {
  numbers += 1;
  return {
    agencyId,
    number: `2026-${numbers}`,
    licensor: 'the operator',
    sector: 'government',
    edition: 'gov-desktop',
    startsAt: '2026-01-01T00:00:00.000Z',
    endsAt: '2029-01-01T00:00:00.000Z',
    documentSha256: createHash('sha256').update(`2026-${numbers}`).digest('hex'),
    ...extra,
  };
};

/** A ministry with an agency and a site below it, an agreement and its seats. */
async function licensed(seats = 20) {
  const ministry = await agency(await root(), 'ministry');
  const below = await agency(ministry.id, 'agency');
  const site = await agency(below.id, 'site');
  const agreement = (await server.post('/v1/agreements', agreementWith(ministry.id))).body;
  const wanted = { agreementId: agreement.id, deviceClass: 'desktop', seats };
  const entitlement = (await server.post('/v1/entitlements', wanted)).body;
  const allocate = (of: Agency, floor: number, ceiling: number, token?: string, extra: object = {}) =>
    put(
      '/v1/allocations',
      { entitlementId: entitlement.id, agencyId: of.id, floor, ceiling, ...extra },
      token,
    );
  return { ministry, below, site, agreement, entitlement, allocate };
}

const everything = async () => ({
  agreements: (await server.get('/v1/agreements?limit=200')).body,
  entitlements: (await server.get('/v1/entitlements?limit=200')).body,
  allocations: (await server.get('/v1/allocations?limit=200')).body,
  entries: (await server.get('/v1/entries?limit=200')).body,
});

describe('an agreement', () => {
  it('licenses an agency, is the same when sent again, and ends once', async () => {
    const ministry = await agency(await root(), 'ministry');
    const wanted = agreementWith(ministry.id);
    const made = await server.post('/v1/agreements', wanted);
    expect(made).toMatchObject({ status: 201, body: wanted });
    expect(await server.post('/v1/agreements', wanted)).toEqual({ ...made, headers: expect.anything() });
    const listed = await server.get('/v1/agreements', ministry.token);
    expect(listed.body.agreements).toEqual([made.body]);
    const ended = await server.post(`/v1/agreements/${made.body.id}/end`, undefined);
    expect(ended.body.endedAt).toBe('2026-03-02T08:00:00.000Z');
    server.clock.advance(1);
    expect((await server.post(`/v1/agreements/${made.body.id}/end`, undefined)).body).toEqual(ended.body);
  });

  it('is registered, given seats and ended by nobody without the scope', async () => {
    const { ministry, agreement, entitlement } = await licensed();
    const narrow = await server.post('/v1/tokens', {
      agencyId: ministry.id,
      label: 'narrow',
      scopes: ['licensing:read', 'licensing:allocate'],
    });
    const token = narrow.body.secret;
    const refused = [
      server.post('/v1/agreements', agreementWith(ministry.id), token),
      server.post(`/v1/agreements/${agreement.id}/end`, undefined, token),
      server.post('/v1/entitlements', { agreementId: agreement.id, deviceClass: 'laptop', seats: 1 }, token),
      put(`/v1/entitlements/${entitlement.id}/seats`, { seats: 99 }, token),
    ];
    for (const answer of await Promise.all(refused)) {
      expect(answer).toMatchObject({ status: 403, body: { code: 'ORGANISATION_SCOPE_MISSING' } });
    }
  });
});

describe('seats', () => {
  it('are divided level by level, and each level sees its part with what is free to it', async () => {
    const { ministry, below, site, entitlement, allocate } = await licensed(20);
    const beside = await agency(ministry.id, 'agency');
    expect((await allocate(beside, 8, 8)).body).toMatchObject({ floor: 8, free: 8, taken: 0 });
    const node = await allocate(below, 0, 15, ministry.token);
    expect(node).toMatchObject({ status: 200, body: { floor: 0, ceiling: 15, own: 0, taken: 0, free: 12 } });
    expect((await allocate(site, 2, 5, below.token)).body).toMatchObject({ parentId: node.body.id, free: 5 });

    const query = `/v1/allocations?entitlementId=${entitlement.id}`;
    const seen = (await server.get(query, below.token)).body.allocations;
    expect(seen).toHaveLength(2);
    const { parentId, ...visible } = node.body;
    expect(seen.find(({ agencyId }: { agencyId: string }) => agencyId === below.id)).toEqual({
      ...visible,
      taken: 2,
      free: 10,
      asOf: expect.any(String),
    });
    expect(parentId).toBeDefined();
    expect((await server.get('/v1/allocations', site.token)).body.allocations).toMatchObject([{ floor: 2 }]);
    expect((await server.get(query)).body.allocations).toHaveLength(4);
    expect((await server.get('/v1/entitlements', below.token)).body.entitlements).toEqual([]);
    expect((await server.get('/v1/entitlements', ministry.token)).body.entitlements).toMatchObject([
      { seats: 20, taken: 10, overage: { policy: 'deny', count: 0 } },
    ]);
  });

  it('go below a node that is put between, and come back when it is taken away', async () => {
    const { ministry, below, site, entitlement, allocate } = await licensed(20);
    await allocate(site, 4, 5);
    const between = await allocate(below, 0, 6);
    expect(between.body).toMatchObject({ taken: 4, free: 2 });
    const tree = (await server.get(`/v1/allocations?entitlementId=${entitlement.id}`)).body.allocations;
    const of = (wanted: Agency) => tree.find(({ agencyId }: { agencyId: string }) => agencyId === wanted.id);
    expect(of(site).parentId).toBe(between.body.id);
    expect(of(ministry)).toMatchObject({ taken: 4, free: 16 });
    expect((await allocate(site, 0, 0)).body).toMatchObject({ floor: 0, ceiling: 0, free: 0 });
    expect((await allocate(below, 0, 0)).body).toMatchObject({ taken: 0, free: 0 });
  });

  it('agreed are raised and lowered; below what is reserved only from a date on', async () => {
    const { below, entitlement, allocate } = await licensed(20);
    await allocate(below, 12, 12);
    const seats = (body: object) => put(`/v1/entitlements/${entitlement.id}/seats`, body);
    expect((await seats({ seats: 30 })).body).toMatchObject({ seats: 30, taken: 12 });
    expect(await seats({ seats: 10 })).toMatchObject({
      status: 409,
      body: { code: 'LICENSING_CEILING_BELOW_TAKEN', params: { ceiling: 10, taken: 12 } },
    });
    const reclaimAt = '2026-06-01T00:00:00.000Z';
    expect((await seats({ seats: 10, reclaimAt })).body).toMatchObject({ seats: 12, taken: 12 });
    const [top] = (
      await server.get(`/v1/allocations?entitlementId=${entitlement.id}`)
    ).body.allocations.filter(({ parentId }: { parentId?: string }) => parentId === undefined);
    expect(top.reclaim).toEqual({ ceiling: 10, at: reclaimAt });
  });

  it('are granted once when the request with its id is sent twice', async () => {
    const { agreement } = await licensed();
    const id = '01JZZZZZZZZZZZZZZZZZZZZZZZ';
    const wanted = { id, agreementId: agreement.id, deviceClass: 'laptop', seats: 7 };
    const made = await server.post('/v1/entitlements', wanted);
    expect(made).toMatchObject({ status: 201, body: { id, startsAt: agreement.startsAt } });
    expect((await server.post('/v1/entitlements', wanted)).body).toMatchObject({ id, seats: 7 });
    expect((await server.post('/v1/entitlements', { ...wanted, seats: 8 })).body.code).toBe(
      'LICENSING_ENTITLEMENT_ID_TAKEN',
    );
  });
});

describe('a dry run', () => {
  it('answers as the act would and keeps nothing, nor an entry', async () => {
    const { ministry, below, agreement, entitlement } = await licensed(20);
    const before = await everything();
    const allocation = { entitlementId: entitlement.id, agencyId: below.id, floor: 3, ceiling: 9 };
    const answers = [
      await server.post('/v1/agreements?dryRun=true', agreementWith(ministry.id)),
      await server.post(`/v1/agreements/${agreement.id}/end?dryRun=true`, undefined),
      await server.post('/v1/entitlements?dryRun=true', {
        agreementId: agreement.id,
        deviceClass: 'server',
        seats: 5,
      }),
      await put(`/v1/entitlements/${entitlement.id}/seats?dryRun=true`, { seats: 21 }),
      await put('/v1/allocations?dryRun=true', allocation),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 201, 200, 200]);
    expect(answers[4]?.body).toMatchObject({ floor: 3, ceiling: 9, free: 9 });
    const refused = await put('/v1/allocations?dryRun=true', { ...allocation, floor: 10 });
    expect(refused.body.code).toBe('LICENSING_FLOOR_ABOVE_CEILING');
    expect(await everything()).toEqual(before);
  });
});

describe('a refusal', () => {
  it('has a code and both languages, and changes nothing', async () => {
    const { ministry, below, site, agreement, entitlement, allocate } = await licensed(20);
    const other = await licensed(5);
    await allocate(below, 4, 12);
    await allocate(await agency(ministry.id, 'agency'), 14, 14);
    const over = (await server.post('/v1/agreements', agreementWith(ministry.id))).body;
    await server.post(`/v1/agreements/${over.id}/end`, undefined);
    const seats = (extra: object) => ({
      agreementId: agreement.id,
      deviceClass: 'desktop',
      seats: 3,
      ...extra,
    });
    const bounds = (agencyId: string, floor: number, ceiling: number, extra: object = {}) => ({
      entitlementId: entitlement.id,
      agencyId,
      floor,
      ceiling,
      ...extra,
    });
    const unknown = '0'.repeat(26);
    const [agreements, entitlements, allocations] = ['/v1/agreements', '/v1/entitlements', '/v1/allocations'];
    const percent = { policy: 'percent', percent: 10 };
    const past = '2026-03-01T00:00:00.000Z';
    const refusals: [string, 'POST' | 'PUT', string, object | undefined, number][] = [
      [
        'LICENSING_TERM_INVALID',
        'POST',
        agreements,
        agreementWith(ministry.id, { endsAt: '2025-01-01T00:00:00.000Z' }),
        422,
      ],
      [
        'LICENSING_AGREEMENT_NUMBER_TAKEN',
        'POST',
        agreements,
        agreementWith(ministry.id, { number: agreement.number }),
        409,
      ],
      ['ORGANISATION_AGENCY_UNKNOWN', 'POST', agreements, agreementWith(unknown), 404],
      ['LICENSING_AGREEMENT_UNKNOWN', 'POST', `${agreements}/${unknown}/end`, undefined, 404],
      ['LICENSING_AGREEMENT_UNKNOWN', 'POST', entitlements, seats({ agreementId: unknown }), 404],
      ['LICENSING_AGREEMENT_ENDED', 'POST', entitlements, seats({ agreementId: over.id }), 409],
      ['LICENSING_SEATS_INVALID', 'POST', entitlements, seats({ seats: 0 }), 422],
      ['LICENSING_SEATS_INVALID', 'POST', entitlements, seats({ seats: -5 }), 422],
      ['LICENSING_SEATS_INVALID', 'POST', entitlements, seats({ seats: 2.5 }), 422],
      ['LICENSING_SEATS_INVALID', 'POST', entitlements, seats({ seats: 1e12 }), 422],
      ['LICENSING_CLASS_UNKNOWN', 'POST', entitlements, seats({ deviceClass: 'toaster' }), 422],
      ['LICENSING_OVERAGE_INVALID', 'POST', entitlements, seats({ overage: percent }), 422],
      [
        'LICENSING_OVERAGE_INVALID',
        'POST',
        entitlements,
        seats({ overage: { policy: 'deny', days: 3 } }),
        422,
      ],
      ['LICENSING_TERM_OUTSIDE', 'POST', entitlements, seats({ endsAt: '2031-01-01T00:00:00.000Z' }), 422],
      ['LICENSING_TERM_INVALID', 'POST', entitlements, seats({ startsAt: agreement.endsAt }), 422],
      ['LICENSING_ENTITLEMENT_UNKNOWN', 'PUT', `${entitlements}/${unknown}/seats`, { seats: 5 }, 404],
      ['LICENSING_SEATS_INVALID', 'PUT', `${entitlements}/${entitlement.id}/seats`, { seats: 0 }, 422],
      ['LICENSING_CEILING_BELOW_TAKEN', 'PUT', `${entitlements}/${entitlement.id}/seats`, { seats: 3 }, 409],
      ['LICENSING_SEATS_INVALID', 'PUT', allocations, bounds(below.id, -1, 5), 422],
      ['LICENSING_SEATS_INVALID', 'PUT', allocations, bounds(below.id, 0, 1e9), 422],
      ['LICENSING_FLOOR_ABOVE_CEILING', 'PUT', allocations, bounds(below.id, 6, 5), 422],
      ['LICENSING_CEILING_EXCEEDS_PARENT', 'PUT', allocations, bounds(site.id, 0, 13), 409],
      ['LICENSING_FLOOR_EXCEEDS_PARENT', 'PUT', allocations, bounds(site.id, 8, 12), 409],
      ['LICENSING_RECLAIM_PAST', 'PUT', allocations, bounds(below.id, 0, 1, { reclaimAt: past }), 422],
      ['LICENSING_AGENCY_OUTSIDE', 'PUT', allocations, bounds(ministry.id, 0, 5), 409],
      ['LICENSING_AGENCY_OUTSIDE', 'PUT', allocations, bounds(other.below.id, 0, 5), 409],
      ['ORGANISATION_AGENCY_UNKNOWN', 'PUT', allocations, bounds(unknown, 0, 5), 404],
      [
        'LICENSING_ENTITLEMENT_UNKNOWN',
        'PUT',
        allocations,
        bounds(below.id, 0, 5, { entitlementId: unknown }),
        404,
      ],
    ];
    const before = await everything();
    for (const [code, method, path, body, status] of refusals) {
      const english = method === 'PUT' ? await put(path, body) : await server.post(path, body);
      expect(english, code).toMatchObject({ status, body: { code } });
      expect(english.body.title).toMatch(/^(expected|refusing to) /);
      const chinese = await inChinese(path, body, method);
      expect(chinese, code).toMatchObject({ status, body: { code } });
      expect(`${chinese.body.title}`).toMatch(/[\u4e00-\u9fff]/);
    }
    expect(await everything()).toEqual(before);
  });

  it('says who is in the way of a floor, and how much there is', async () => {
    const { ministry, below, site, allocate } = await licensed(20);
    const beside = await agency(ministry.id, 'agency');
    await allocate(beside, 15, 15);
    await allocate(below, 0, 12);
    expect((await allocate(site, 6, 8, below.token)).body).toMatchObject({
      code: 'LICENSING_FLOOR_EXCEEDS_PARENT',
      params: { floor: 6, most: 5, agency: ministry.id },
    });
  });

  it('meets whoever would enlarge what is their own', async () => {
    const { ministry, below, site, allocate } = await licensed(20);
    expect((await allocate(ministry, 0, 20, ministry.token)).body.code).toBe('LICENSING_OWN_ALLOCATION');
    expect((await allocate(below, 5, 5, below.token)).body.code).toBe('LICENSING_OWN_ALLOCATION');
    expect((await allocate(ministry, 5, 5, below.token)).body.code).toBe('ORGANISATION_AGENCY_UNKNOWN');
    expect((await allocate(site, 5, 5, below.token)).body.code).toBe('LICENSING_NOTHING_TO_DIVIDE');
    expect((await allocate(site, 0, 5, below.token)).status).toBe(200);
    expect((await allocate(site, 0, 6, below.token)).body.code).toBe('LICENSING_NOTHING_TO_DIVIDE');
    await allocate(below, 0, 10, ministry.token);
    expect((await allocate(site, 5, 6, below.token)).status).toBe(200);
  });

  it('meets an agency of another licensee as if there were no such entitlement', async () => {
    const [own, other] = [await licensed(), await licensed()];
    const wanted = { entitlementId: other.entitlement.id, agencyId: own.site.id, floor: 0, ceiling: 1 };
    expect((await put('/v1/allocations', wanted, own.ministry.token)).body.code).toBe(
      'LICENSING_ENTITLEMENT_UNKNOWN',
    );
    const query = `/v1/allocations?entitlementId=${other.entitlement.id}`;
    expect((await server.get(query, own.ministry.token)).body.allocations).toEqual([]);
  });

  it('meets whoever would make seats out of nothing: they come from the operator alone', async () => {
    const [own, other] = [await licensed(), await licensed()];
    const { token } = own.ministry;
    const acts = [own, other].flatMap(({ agreement, entitlement, below }) => [
      server.post('/v1/agreements', agreementWith(below.id), token),
      server.post(`/v1/agreements/${agreement.id}/end`, undefined, token),
      server.post('/v1/entitlements', { agreementId: agreement.id, deviceClass: 'laptop', seats: 9 }, token),
      put(`/v1/entitlements/${entitlement.id}/seats`, { seats: 50 }, token),
    ]);
    const codes = (await Promise.all(acts)).map(({ body }) => body.code);
    expect(codes).toEqual(acts.map(() => 'LICENSING_OPERATOR_ONLY'));
    const { entitlements } = (await server.get('/v1/entitlements', token)).body;
    expect(entitlements).toMatchObject([{ id: own.entitlement.id, seats: 20 }]);
  });

  it('of the log refuses the act: nothing changes without its entry', async () => {
    const ministry = await agency(await root(), 'ministry');
    const wanted = agreementWith(ministry.id);
    await withClient(server.database.owner, (client) =>
      client.query(`CREATE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql AS
        $f$ BEGIN RAISE EXCEPTION 'the log is full' USING ERRCODE = '53100'; END $f$;
        CREATE TRIGGER refuse_entry BEFORE INSERT ON assurance_entry FOR EACH ROW EXECUTE FUNCTION refuse_entry()`),
    );
    const refused = await server.post('/v1/agreements', wanted);
    await withClient(server.database.owner, (client) => client.query('DROP FUNCTION refuse_entry CASCADE'));
    expect(refused.status).toBe(500);
    expect((await server.get('/v1/agreements', ministry.token)).body.agreements).toEqual([]);
    expect((await server.post('/v1/agreements', wanted)).status).toBe(201);
  });
});
