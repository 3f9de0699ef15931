-- What each person is told. A notice's id is made of its person and its occasion, so that nobody is
-- told the same twice.

create table notices (
    id uuid primary key,
    person uuid not null references people (id),
    kind text not null,
    title text not null,
    body text not null,
    link text,
    created_at bigint not null,
    read_at bigint,
    version bigint not null
);
create index notices_of_person on notices (person, created_at, id);
create index notices_unread on notices (person) where read_at is null;
