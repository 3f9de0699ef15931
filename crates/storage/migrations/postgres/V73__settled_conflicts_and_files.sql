-- What became of conflicts, and files that are known by their digest alone.

-- `restored`, `kept`, or `elsewhere` where another node or a later change settled it; restored_at and
-- restored_by say when and who.
alter table conflicts add column outcome text;
alter table conflicts add column reason text;
drop index conflicts_listed;
create index conflicts_listed on conflicts (listed_at, lost, field);
create index conflicts_open on conflicts (listed_at, lost, field) where restored_at is null;
create index conflicts_of_kind on conflicts (entity, listed_at, lost, field);
create index conflicts_of_change on conflicts (lost, field);

-- Which photo of a person, and which logo, entries of other nodes tell of: its content is asked for.
create table wanted_files (
    -- `photo` or `logo`.
    kind text not null,
    -- Whose; of the logo all zeros.
    owner uuid not null,
    digest bytea not null,
    version bigint not null,
    primary key (kind, owner)
);
create index wanted_files_by_digest on wanted_files (digest);

-- Files of which entries of other nodes tell, and whose content is not here yet.
alter table attachments add column awaited bigint not null default 0;
create index attachments_awaited on attachments (digest) where awaited = 1;
create index photos_by_digest on photos (digest);

-- Who has to give a value up is found at once: they are few.
drop index people_contested;
drop index enrolments_contested;
drop index payments_contested;
create index people_contested on people (contested, id) where contested = 1;
create index students_to_renumber on students (contested, person) where contested = 1;
create index enrolments_contested on enrolments (contested, id) where contested = 1;
create index payments_contested on payments (contested, id) where contested = 1;
