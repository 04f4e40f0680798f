import { Name, Sha256 } from '@imprint/protocol';
import Type from 'typebox';
import { accessOf, needs } from '../../platform/http/access.ts';
import type { App } from '../../platform/http/app.ts';
import { exists } from './ceremony/files.ts';
import { readRoot } from './ceremony/root.ts';
import { candidateStatus } from './ceremony/status.ts';
import { releaseError } from './errors.ts';
import type { RegisterContext, ReleaseRegister } from './jobs.ts';
import { releaseRouteError } from './routes-errors.ts';
import { findChannel, findRelease, listReleases } from './store.ts';
import { CandidateView, candidateView, PublishedReleaseView, releaseView } from './views.ts';

const tags = ['release'];

/** `/v1/releases`, `/v1/channels` and `/v1/candidates`: the register for screens; devices read the signed files. */
export function releaseRoutes(app: App, context: RegisterContext, register: ReleaseRegister): void {
  registerRoutes(app, context, register);
  channelRoutes(app, context, register);
  candidateRoutes(app, context);
}

function registerRoutes(app: App, context: RegisterContext, register: ReleaseRegister): void {
  app.get(
    '/v1/releases',
    {
      ...needs('release:read'),
      schema: {
        tags,
        operationId: 'listReleases',
        summary: 'Published releases by channel, the newest first; at most 200',
        response: { 200: Type.Object({ releases: Type.Array(PublishedReleaseView) }) },
      },
    },
    async (request) => {
      await register.load();
      const rows = await context.database.transaction(accessOf(request), (trx) => listReleases(trx, 200));
      return { releases: rows.map((row) => releaseView(row, context.clock.now())) };
    },
  );
  app.get(
    '/v1/releases/:sha256',
    {
      ...needs('release:read'),
      schema: {
        tags,
        operationId: 'showRelease',
        summary: 'One published release by the digest of its release.json',
        params: Type.Object({ sha256: Sha256 }),
        response: { 200: PublishedReleaseView },
      },
    },
    async (request) => {
      await register.load();
      const { sha256 } = request.params;
      const row = await context.database.transaction(accessOf(request), (trx) => findRelease(trx, sha256));
      if (row === undefined) throw releaseRouteError('RELEASE_DIGEST_UNKNOWN', { sha256 });
      return releaseView(row, context.clock.now());
    },
  );
}

function channelRoutes(app: App, context: RegisterContext, register: ReleaseRegister): void {
  app.get(
    '/v1/channels/:edition/:channel',
    {
      ...needs('release:read'),
      schema: {
        tags,
        operationId: 'currentRelease',
        summary:
          'The current release of a channel; never one that is withdrawn, superseded, refused or expired',
        params: Type.Object({ edition: Name, channel: Name }),
        response: { 200: PublishedReleaseView },
      },
    },
    async (request) => {
      await register.load();
      const { edition, channel } = request.params;
      const row = await context.database.transaction(accessOf(request), (trx) =>
        findChannel(trx, edition, channel),
      );
      if (row === undefined) throw releaseError('RELEASE_UNKNOWN', { edition, channel });
      const view = releaseView(row, context.clock.now());
      const { state } = view;
      if (state !== 'current') throw releaseRouteError('RELEASE_NOT_CURRENT', { edition, channel, state });
      return view;
    },
  );
}

function candidateRoutes(app: App, { paths }: RegisterContext): void {
  app.get(
    '/v1/candidates',
    {
      ...needs('release:read'),
      schema: {
        tags,
        operationId: 'listCandidates',
        summary: "Candidates in this server's ceremony directory, with who approved and who is missing",
        response: { 200: Type.Object({ candidates: Type.Array(CandidateView) }) },
      },
    },
    async () => {
      if (!(await exists(paths.candidates))) return { candidates: [] };
      const candidates = await candidateStatus(paths, await readRoot(paths.root));
      return { candidates: candidates.map(candidateView) };
    },
  );
}
