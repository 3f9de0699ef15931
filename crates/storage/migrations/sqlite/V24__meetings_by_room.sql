-- Who else wants a room at the same time: looking through everybody's meetings of those hours took
-- 0.2 s among four thousand classes.

create index meetings_of_room on meetings (lower(room), starts_at);
