-- The timetable: weekly patterns of classes, from which meetings are made, and the days on which
-- nothing takes place.

create table patterns (
    id uuid primary key,
    class uuid not null references classes (id),
    weekday text not null,
    starts_minute bigint not null,
    ends_minute bigint not null,
    room text,
    first_on bigint not null,
    last_on bigint not null,
    ended_at bigint,
    version bigint not null
);
create index patterns_of_class on patterns (class);
create index patterns_by_day on patterns (last_on) where ended_at is null;

create table holidays (
    id uuid primary key,
    name text not null,
    first_on bigint not null,
    last_on bigint not null,
    ended_at bigint,
    version bigint not null
);

-- Of a meeting that a pattern made: the pattern, and the Monday of its week. What somebody moved
-- or cancelled stays as it is when the pattern changes.
alter table meetings add column pattern uuid references patterns (id);
alter table meetings add column week bigint;
alter table meetings add column by_hand bigint not null default 0;
