-- What is announced to everybody, to the students of a programme, or to a class; at most one of
-- programme and class is named.

create table announcements (
    id blob primary key,
    programme blob references programmes (id),
    class blob references classes (id),
    title text not null,
    text text not null,
    first_on integer not null,
    last_on integer not null,
    pinned integer not null,
    author blob not null references people (id),
    created_at integer not null,
    ended_at integer,
    version integer not null
) strict;
create index announcements_by_time on announcements (created_at, id);
create index announcements_to_all on announcements (last_on) where programme is null and class is null;
create index announcements_of_programme on announcements (programme) where programme is not null;
create index announcements_of_class on announcements (class) where class is not null;
create index announcements_of_author on announcements (author);
