import type pg from 'pg';

const counted = `
  SELECT agency_path, edition, ring, figure.key AS figure, figure.value ->> 'state' AS state, count(*)::int AS devices
  FROM fleet_posture, jsonb_each(verdicts) AS figure GROUP BY 1, 2, 3, 4, 5
  UNION ALL
  SELECT agency_path, edition, ring, heard_on::text, 'day', count(*)::int
  FROM fleet_posture WHERE heard_on IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4, 5`;
const kept = `
  SELECT agency_path, edition, ring, figure, state, devices::int FROM fleet_compliance WHERE devices > 0
  UNION ALL
  SELECT agency_path, edition, ring, heard_on::text, 'day', devices::int FROM fleet_compliance_day WHERE devices > 0
  ORDER BY 1, 2, 3, 4, 5`;

/** What counts devices, and the same counted anew from every device: equal, or something was moved wrongly. */
export async function recount(client: pg.ClientBase): Promise<{ kept: unknown[]; counted: unknown[] }> {
  return { kept: (await client.query(kept)).rows, counted: (await client.query(counted)).rows };
}
