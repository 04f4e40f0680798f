export interface OutboxTables {
  platform_outbox: {
    id: string;
    /** Which handler delivers it. */
    topic: string;
    agency_path: string;
    payload: Record<string, unknown> | string;
    created_at: Date;
    due_at: Date;
    attempts: number;
    last_error: string | null;
    delivered_at: Date | null;
    /** Given up on: kept for people to look at. */
    abandoned_at: Date | null;
  };
}
