-- Which meetings a pattern made: a pattern that an import takes back goes only when none is left.

create index meetings_by_pattern on meetings (pattern) where pattern is not null;
