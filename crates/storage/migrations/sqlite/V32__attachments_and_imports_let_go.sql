-- Whose attachments are, so that nobody fills the disk with them, and since when one was replaced,
-- so that a job can throw it away; likewise imports that nobody confirmed.

create index leaves_with_attachment on leaves (attachment) where attachment is not null;
create index corrections_with_attachment on corrections (attachment) where attachment is not null;

alter table attachments add column size integer not null default 0;
alter table attachments add column stored_by blob;
alter table attachments add column replaced_at integer;
update attachments set size = length(content), stored_by = coalesce(
    (select person from leaves where attachment = digest limit 1),
    (select person from corrections where attachment = digest limit 1));
update attachments set replaced_at = stored_at where stored_by is null;
create index attachments_of_person on attachments (stored_by, stored_at, size) where stored_by is not null;
create index attachments_replaced on attachments (replaced_at) where replaced_at is not null;

create index imports_left on imports (changed_at) where state in ('receiving', 'previewed');
create index imports_of_person on imports (created_by, created_at);
