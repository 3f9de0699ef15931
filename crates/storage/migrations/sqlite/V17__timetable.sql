-- The timetable: weekly patterns of classes, from which meetings are made, and the days on which
-- nothing takes place.

create table patterns (
    id blob primary key,
    class blob not null references classes (id),
    weekday text not null,
    starts_minute integer not null,
    ends_minute integer not null,
    room text,
    first_on integer not null,
    last_on integer not null,
    ended_at integer,
    version integer not null
) strict;
create index patterns_of_class on patterns (class);
create index patterns_by_day on patterns (last_on) where ended_at is null;

create table holidays (
    id blob primary key,
    name text not null,
    first_on integer not null,
    last_on integer not null,
    ended_at integer,
    version integer not null
) strict;

-- Of a meeting that a pattern made: the pattern, and the Monday of its week. What somebody moved
-- or cancelled stays as it is when the pattern changes.
alter table meetings add column pattern blob references patterns (id);
alter table meetings add column week integer;
alter table meetings add column by_hand integer not null default 0;
