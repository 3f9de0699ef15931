-- Every room of a sitting is a check-in point of kind room, whose scope is the sitting; a place where
-- dockets of an assessment without sittings are presented is one of kind hall, whose scope is the
-- assessment. Rooms of the sittings that stand become points here, later ones with their sitting.

create index sittings_by_start on sittings (starts_at, id);

insert into points (id, kind, scope, name, name_folded, archived_at, version)
select gen_random_uuid(), 'room', s.id, btrim(r.name), lower(btrim(r.name)), null, 1
from sittings s cross join lateral regexp_split_to_table(s.rooms, ';') as r (name)
where btrim(r.name) <> ''
on conflict do nothing;
