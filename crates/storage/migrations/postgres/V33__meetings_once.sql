-- A pattern makes one meeting in a week: one that was made twice stays as a meeting of its own if
-- somebody moved it or took its register. Rooms are compared without regard to case, in any script.

delete from meetings where by_hand = 0 and exists (
        select 1 from meetings o
        where o.pattern = meetings.pattern and o.week = meetings.week and o.id < meetings.id)
    and not exists (select 1 from sessions s where s.meeting = meetings.id);
update meetings set pattern = null, week = null where exists (
    select 1 from meetings o
    where o.pattern = meetings.pattern and o.week = meetings.week and o.id < meetings.id);
create unique index meetings_of_pattern on meetings (pattern, week) where pattern is not null and week is not null;

alter table meetings add column room_folded text;
update meetings set room_folded = lower(room) where room is not null;
drop index meetings_of_room;
create index meetings_of_room on meetings (room_folded, starts_at) where room_folded is not null;
