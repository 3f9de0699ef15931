-- Exams of classes within assessments. Rooms are one text, separated by semicolons; where a student
-- is assigned one of them, it stands in sitting_places by its folded name.

create table sittings (
    id blob primary key,
    assessment blob not null references assessments (id),
    class blob not null references classes (id),
    starts_at integer not null,
    ends_at integer not null,
    rooms text not null,
    version integer not null
) strict;
create unique index sittings_once on sittings (assessment, class, starts_at);
create index sittings_by_time on sittings (assessment, starts_at, id);
create index sittings_of_class on sittings (class, starts_at);

create table sitting_places (
    sitting blob not null references sittings (id),
    person blob not null references people (id),
    room text not null,
    primary key (sitting, person)
) strict, without rowid;
create index sitting_places_of_person on sitting_places (person);
