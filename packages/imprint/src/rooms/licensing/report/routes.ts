import { Instant } from '@imprint/protocol';
import Type from 'typebox';
import { accessOf, needs } from '../../../platform/http/access.ts';
import type { App } from '../../../platform/http/app.ts';
import { AgencyId } from '../../organisation/index.ts';
import type { LicensingContext } from '../context.ts';
import { reportUsage } from './actions.ts';

/** A DSSE envelope; its payload is a usage report in canonical JSON. */
const SignedReport = Type.Object({
  payloadType: Type.String(),
  payload: Type.String(),
  signatures: Type.Array(Type.Object({ keyid: Type.String(), sig: Type.String() })),
});

/** What is licensed and used, for people outside of this server. */
export function reportRoutes(app: App, context: LicensingContext): void {
  app.get(
    '/v1/usage-report',
    {
      ...needs('licensing:read'),
      schema: {
        tags: ['licensing'],
        operationId: 'reportUsage',
        summary:
          'Signed figures of what an agency and those below it were licensed and use, verifiable offline',
        querystring: Type.Object({
          agencyId: Type.Optional(AgencyId),
          from: Type.Optional(Instant),
        }),
        response: { 200: SignedReport },
      },
    },
    async (request) => {
      const envelope = await reportUsage(context, accessOf(request), request.query);
      return { ...envelope, signatures: [...envelope.signatures] };
    },
  );
}
