-- The status that a correction was approved with, where it is another than the student wanted.
alter table corrections add column given text;
