-- The words by which people are found, each with the name by which those found are ordered, so
-- that a search reads this table alone. Written with every person; see `domain::finding`.

create table person_words (
    word text not null,
    name text not null,
    person blob not null references people (id),
    primary key (word, name, person)
) strict, without rowid;
create index person_words_of_person on person_words (person, word);
create index enrolments_by_roll on enrolments (roll_folded);
create index role_grants_by_role on role_grants (role, person) where ended_at is null;
