-- Two records of one person that became one. The merged record stays as it was, gives up its
-- uniqueness (`contested`) and leads to the other: its number, names and addresses find that one.

alter table people add column merged_into blob references people (id);
create index people_merged on people (merged_into) where merged_into is not null;
create index people_merged_number on people (number_folded) where merged_into is not null;
create index people_merged_username on people (username_folded) where merged_into is not null;
create index people_merged_email on people (email_folded) where merged_into is not null;
create index students_contested on students (enrolment_number_folded) where contested = 1;

-- `before` is the kept record as it was, `kept_version` what it got by the merge.
create table merges (
    id blob primary key,
    kept blob not null references people (id),
    merged blob not null references people (id),
    reason text not null,
    before text not null,
    kept_version integer not null,
    merged_by blob,
    merged_at integer not null,
    undone_by blob,
    undone_at integer
) strict;
create index merges_of_kept on merges (kept, merged_at);
create index merges_of_merged on merges (merged);

-- Each record that moved or yielded: `before` is what stood there, `version` what it got.
create table merge_moves (
    merge blob not null references merges (id),
    seq integer not null,
    entity text not null,
    entity_id blob not null,
    before text not null,
    version integer not null,
    primary key (merge, seq)
) strict, without rowid;
