insert into fleet_check_in as c
  (device_id, agency_path, counter, message_sha256, issued_at, received_at, boot_id, instants, report_sha256, report_counter)
select d.id, d.agency_path, t.counter, t.message_sha256, t.issued_at, t.received_at, t.boot_id, t.instants::jsonb,
  t.report_sha256, t.counter
from unnest($1::text[], $2::bigint[],
            $3::text[], $4::timestamptz[],
            $5::timestamptz[], $6::text[],
            $7::text[], $8::text[])
  as t (device_id, counter, message_sha256, issued_at, received_at, boot_id, instants, report_sha256)
join fleet_device d on d.id = t.device_id
order by d.id
on conflict (device_id) do update set
  agency_path = excluded.agency_path, counter = excluded.counter, message_sha256 = excluded.message_sha256,
  issued_at = excluded.issued_at, received_at = excluded.received_at, boot_id = excluded.boot_id,
  instants = excluded.instants, report = null, report_sha256 = excluded.report_sha256,
  report_counter = case when c.report_sha256 = excluded.report_sha256 then c.report_counter else excluded.counter end
where c.counter < excluded.counter
returning device_id, report_counter = counter as is_report_new,
  (select coalesce(max(revision), 0) from fleet_antivirus_selection) as selections
