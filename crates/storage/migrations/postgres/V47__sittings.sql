-- Exams of classes within assessments. Rooms are one text, separated by semicolons; where a student
-- is assigned one of them, it stands in sitting_places by its folded name.

create table sittings (
    id uuid primary key,
    assessment uuid not null references assessments (id),
    class uuid not null references classes (id),
    starts_at bigint not null,
    ends_at bigint not null,
    rooms text not null,
    version bigint not null
);
create unique index sittings_once on sittings (assessment, class, starts_at);
create index sittings_by_time on sittings (assessment, starts_at, id);
create index sittings_of_class on sittings (class, starts_at);

create table sitting_places (
    sitting uuid not null references sittings (id),
    person uuid not null references people (id),
    room text not null,
    primary key (sitting, person)
);
create index sitting_places_of_person on sitting_places (person);
