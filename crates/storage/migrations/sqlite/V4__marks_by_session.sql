-- A hall of marks is written in one go, so each index counts. A mark is found by session and
-- person, of which its id is made; an index on the id, and one on acts that only PostgreSQL asks
-- for, cost more than they give.

create table marks_by_session (
    id blob not null,
    session blob not null references sessions (id),
    person blob not null references people (id),
    status text not null,
    method text not null,
    marked_by blob,
    at integer not null,
    step integer,
    device blob,
    address text,
    reason text,
    version integer not null,
    primary key (session, person)
) strict, without rowid;
insert into marks_by_session
    select id, session, person, status, method, marked_by, at, step, device, address, reason,
        version
    from marks;
drop table marks;
alter table marks_by_session rename to marks;
create index marks_of_person on marks (person, session);
drop index journal_act;
