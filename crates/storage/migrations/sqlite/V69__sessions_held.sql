-- Figures by day count a session on the day of its meeting, however late its register was taken.
update session_tallies set opened_at = (
    select m.starts_at from sessions s join meetings m on m.id = s.meeting
    where s.id = session_tallies.session)
where exists (
    select 1 from sessions s join meetings m on m.id = s.meeting
    where s.id = session_tallies.session);
