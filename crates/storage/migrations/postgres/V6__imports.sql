-- Imports of tables: the file in parts, what is wrong with its lines, and what each line did, so
-- that an interrupted import goes on and a finished one can be taken back.

create table imports (
    id uuid primary key,
    kind text not null,
    file text not null,
    size bigint not null,
    term uuid references terms (id),
    headings text not null,
    examples text not null,
    mapping text not null,
    state text not null,
    done bigint not null default 0,
    total bigint not null,
    created bigint not null default 0,
    updated bigint not null default 0,
    unchanged bigint not null default 0,
    skipped bigint not null default 0,
    wrong bigint not null default 0,
    kept bigint not null default 0,
    sample text not null default '[]',
    failure text,
    created_by uuid not null,
    asked_by uuid not null,
    created_at bigint not null,
    changed_at bigint not null
);
create index imports_by_time on imports (created_at, id);
create index imports_working on imports (created_at)
    where state in ('checking', 'importing', 'reversing');

create table import_parts (
    import uuid not null references imports (id),
    seq bigint not null,
    content bytea not null,
    primary key (import, seq)
);

create table import_problems (
    import uuid not null references imports (id),
    seq bigint not null,
    line bigint not null,
    field text,
    detail text not null,
    primary key (import, seq)
);

create table import_acts (
    import uuid not null references imports (id),
    seq bigint not null,
    entity text not null,
    entity_id uuid not null,
    before text,
    version bigint not null,
    primary key (import, seq)
);

-- A person that an import made is removed again when it is taken back, which asks every table
-- that refers to people. Marks are made only for who is enrolled, and enrolments refer to people,
-- so that marks need not: the check cost each mark a look-up, and each removal a walk over all.

alter table marks drop constraint marks_person_fkey;
drop index role_grants_of_person;
create index role_grants_of_person on role_grants (person);
drop index one_time_codes_of_person;
create index one_time_codes_of_person on one_time_codes (person);
drop index role_grants_of_class;
create index role_grants_of_class on role_grants (class, role);
create index classes_of_course on classes (course);
create index sessions_of_opener on sessions (opened_by);
