-- What the institution changed of its documents on paper: templates of its own, each in place of the
-- one that comes with the program, and its logo. What stood there before is in the journal.

create table document_templates (
    name text primary key,
    source text not null,
    version integer not null
) strict;

create table logo (
    -- There is one.
    id integer primary key check (id = 1),
    digest blob not null,
    content blob not null,
    version integer not null
) strict;
