-- Which kinds and fields the program applied that was here last, and how far a later one has looked at the
-- entries that it understands and that one did not.
alter table node add column applied text;
alter table node add column catching_up text;
