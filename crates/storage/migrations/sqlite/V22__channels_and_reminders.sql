-- What people are told by e-mail besides their inbox, what waits to be told after a session, who was
-- told that their attendance fell, reminders of a class's staff, and who wishes to be named on
-- leaderboards.

create table notice_channels (
    person blob not null references people (id),
    kind text not null,
    primary key (person, kind)
) strict;

-- A session that closed, or a mark in a closed one that changed: of this person, or of everybody,
-- those up to `after` being done with.
create table untold (
    id blob primary key,
    session blob not null references sessions (id),
    person blob references people (id),
    after blob not null
) strict;
create index untold_of_session on untold (session);
create index untold_of_person on untold (person) where person is not null;

create table low_attendance (
    class blob not null references classes (id),
    person blob not null references people (id),
    told_at integer not null,
    primary key (class, person)
) strict;
create index low_attendance_of_person on low_attendance (person);

-- The id is that of the notice.
create table reminders (
    id blob primary key references notices (id),
    class blob not null references classes (id),
    person blob not null references people (id),
    reason text not null,
    sent_on integer not null,
    sent_by blob not null references people (id),
    sent_at integer not null
) strict;
create index reminders_of_class on reminders (class, sent_on);
create index reminders_of_person on reminders (person, class, sent_at);
create index reminders_of_sender on reminders (sent_by);

create table leaderboard_members (
    person blob primary key references people (id),
    joined_at integer not null
) strict;

create index role_grants_of_office on role_grants (role) where class is null and ended_at is null and role <> 'student';
