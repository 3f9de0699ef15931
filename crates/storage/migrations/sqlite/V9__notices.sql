-- What each person is told. A notice's id is made of its person and its occasion, so that nobody is
-- told the same twice.

create table notices (
    id blob primary key,
    person blob not null references people (id),
    kind text not null,
    title text not null,
    body text not null,
    link text,
    created_at integer not null,
    read_at integer,
    version integer not null
) strict;
create index notices_of_person on notices (person, created_at, id);
create index notices_unread on notices (person) where read_at is null;
