-- A small copy of each photo, for offline packs: made from the photo some moments after it was stored.
-- Empty where none can be made.

alter table photos add column small bytea;
alter table photos add column small_type text;
create index photos_unshrunk on photos (person) where small is null;
