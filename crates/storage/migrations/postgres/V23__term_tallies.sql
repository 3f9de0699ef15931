-- What each student has come to in all classes of a term, so that the most absent of fifty
-- thousand are found without adding up everybody. Changed together with tallies, by the same
-- function.

create table term_tallies (
    term uuid not null references terms (id),
    person uuid not null references people (id),
    present bigint not null,
    late bigint not null,
    excused bigint not null,
    absent bigint not null,
    primary key (term, person)
);
create index term_tallies_of_person on term_tallies (person);
create index term_tallies_by_absence on term_tallies (term, absent) where absent > 0;
insert into term_tallies (term, person, present, late, excused, absent)
    select c.term, t.person, sum(t.present), sum(t.late), sum(t.excused), sum(t.absent)
    from tallies t join classes c on c.id = t.class
    group by c.term, t.person;
