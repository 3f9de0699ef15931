-- Where classes have their rooms, in millionths of a degree; and how many metres from there a
-- student marked themself, where the institution looks at that. The student's place itself is
-- never stored.

create table class_locations (
    class blob primary key references classes (id),
    latitude integer not null,
    longitude integer not null,
    version integer not null
) strict, without rowid;

create table mark_distances (
    session blob not null references sessions (id),
    person blob not null references people (id),
    metres integer not null,
    primary key (session, person)
) strict, without rowid;
create index mark_distances_of_person on mark_distances (person);
