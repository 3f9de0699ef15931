-- Classes whose weekly meetings are still to be brought in line, after a change that concerns many:
-- a job takes a few at a time.

create table stale_timetables (
    class uuid primary key references classes (id) on delete cascade,
    asked_by uuid,
    asked_at bigint not null,
    reason text not null
);
create index stale_timetables_by_time on stale_timetables (asked_at, class);
