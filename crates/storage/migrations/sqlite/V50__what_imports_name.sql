-- Programmes that a file names and the institution does not have, a JSON array.
alter table imports add column unknown_programmes text not null default '[]';

-- Whoever counts a term's students leaves out those who are gone.
create index people_gone on people (id) where active = 0;
