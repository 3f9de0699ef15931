-- Counts of each closed session, so that figures of a day, a class or the institution need no marks.
-- Changed together with tallies, by the same function.

create table session_tallies (
    session uuid primary key references sessions (id),
    class uuid not null references classes (id),
    opened_at bigint not null,
    present bigint not null,
    late bigint not null,
    excused bigint not null,
    absent bigint not null
);
create index session_tallies_of_class on session_tallies (class, opened_at);
create index session_tallies_by_time on session_tallies (opened_at);
insert into session_tallies (session, class, opened_at, present, late, excused, absent)
    select s.id, s.class, s.opened_at,
        sum(case when m.status = 'present' then 1 else 0 end),
        sum(case when m.status = 'late' then 1 else 0 end),
        sum(case when m.status = 'excused' then 1 else 0 end),
        sum(case when m.status = 'absent' then 1 else 0 end)
    from sessions s join marks m on m.session = s.id
    where s.closed_at is not null
    group by s.id, s.class, s.opened_at;
