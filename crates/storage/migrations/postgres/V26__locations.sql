-- Where classes have their rooms, in millionths of a degree; and how many metres from there a
-- student marked themself, where the institution looks at that. The student's place itself is
-- never stored.

create table class_locations (
    class uuid primary key references classes (id),
    latitude bigint not null,
    longitude bigint not null,
    version bigint not null
);

create table mark_distances (
    session uuid not null references sessions (id),
    person uuid not null references people (id),
    metres bigint not null,
    primary key (session, person)
);
create index mark_distances_of_person on mark_distances (person);
