-- Private addresses from which a calendar program reads somebody's own meetings: one a person,
-- known here by its digest alone.

create table calendar_feeds (
    person blob primary key references people (id),
    token_digest blob not null,
    created_at integer not null
) strict;
create unique index calendar_feeds_token on calendar_feeds (token_digest);
