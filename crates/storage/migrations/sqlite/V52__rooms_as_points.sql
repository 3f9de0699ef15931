-- Every room of a sitting is a check-in point of kind room, whose scope is the sitting; a place where
-- dockets of an assessment without sittings are presented is one of kind hall, whose scope is the
-- assessment. Rooms of the sittings that stand become points here, later ones with their sitting.

create index sittings_by_start on sittings (starts_at, id);

insert or ignore into points (id, kind, scope, name, name_folded, archived_at, version)
with recursive split (sitting, name, rest) as (
    select id, '', rooms || ';' from sittings
    union all
    select sitting, trim(substr(rest, 1, instr(rest, ';') - 1)), substr(rest, instr(rest, ';') + 1)
    from split where rest <> ''
)
select randomblob(16), 'room', sitting, name, lower(name), null, 1 from split where name <> '';
