-- What another system's names for its records (OneRoster: sourcedId) stand for here, so that its
-- next bundle may tell of changes alone.

create table roster_ids (
    source text not null,
    kind text not null,
    sourced_id text not null,
    entity blob not null,
    primary key (source, kind, sourced_id)
) strict, without rowid;

-- A term that an import made is removed with it.
create index imports_of_term on imports (term) where term is not null;
