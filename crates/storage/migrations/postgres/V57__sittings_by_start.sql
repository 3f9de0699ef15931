-- Which sittings share their time, whatever they are of.

create index sittings_by_start on sittings (starts_at);
