insert into fleet_check_in as c
  (device_id, agency_path, counter, message_sha256, issued_at, received_at, boot_id, report)
select d.id, d.agency_path, t.counter, t.message_sha256, t.issued_at, t.received_at, t.boot_id, t.report::jsonb
from unnest($1::text[], $2::bigint[],
            $3::text[], $4::timestamptz[],
            $5::timestamptz[], $6::text[],
            $7::text[])
  as t (device_id, counter, message_sha256, issued_at, received_at, boot_id, report)
join fleet_device d on d.id = t.device_id
order by d.id
on conflict (device_id) do update set
  agency_path = excluded.agency_path, counter = excluded.counter, message_sha256 = excluded.message_sha256,
  issued_at = excluded.issued_at, received_at = excluded.received_at, boot_id = excluded.boot_id,
  report = excluded.report
where c.counter < excluded.counter
returning device_id
