-- Imports of tables: the file in parts, what is wrong with its lines, and what each line did, so
-- that an interrupted import goes on and a finished one can be taken back.

create table imports (
    id blob primary key,
    kind text not null,
    file text not null,
    size integer not null,
    term blob references terms (id),
    headings text not null,
    examples text not null,
    mapping text not null,
    state text not null,
    done integer not null default 0,
    total integer not null,
    created integer not null default 0,
    updated integer not null default 0,
    unchanged integer not null default 0,
    skipped integer not null default 0,
    wrong integer not null default 0,
    kept integer not null default 0,
    sample text not null default '[]',
    failure text,
    created_by blob not null,
    asked_by blob not null,
    created_at integer not null,
    changed_at integer not null
) strict;
create index imports_by_time on imports (created_at, id);
create index imports_working on imports (created_at)
    where state in ('checking', 'importing', 'reversing');

create table import_parts (
    import blob not null references imports (id),
    seq integer not null,
    content blob not null,
    primary key (import, seq)
) strict;

create table import_problems (
    import blob not null references imports (id),
    seq integer not null,
    line integer not null,
    field text,
    detail text not null,
    primary key (import, seq)
) strict, without rowid;

create table import_acts (
    import blob not null references imports (id),
    seq integer not null,
    entity text not null,
    entity_id blob not null,
    before text,
    version integer not null,
    primary key (import, seq)
) strict, without rowid;

-- A person that an import made is removed again when it is taken back, which asks every table
-- that refers to people. Marks are made only for who is enrolled, and enrolments refer to people,
-- so that marks need not: the check cost each mark a look-up, and each removal a walk over all.

create table marks_of_the_enrolled (
    id blob not null,
    session blob not null references sessions (id),
    person blob not null,
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
insert into marks_of_the_enrolled
    select id, session, person, status, method, marked_by, at, step, device, address, reason,
        version
    from marks;
drop table marks;
alter table marks_of_the_enrolled rename to marks;
drop index role_grants_of_person;
create index role_grants_of_person on role_grants (person);
drop index one_time_codes_of_person;
create index one_time_codes_of_person on one_time_codes (person);
drop index role_grants_of_class;
create index role_grants_of_class on role_grants (class, role);
create index classes_of_course on classes (course);
create index sessions_of_opener on sessions (opened_by);
