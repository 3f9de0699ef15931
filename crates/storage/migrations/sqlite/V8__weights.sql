-- A class may count late, excused and absent sessions in its own way: four percentages, of present,
-- late, excused (a hyphen: left out) and absent. None: as the settings say.

alter table classes add column weights text;
