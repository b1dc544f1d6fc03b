-- Schema 8: entries by day, to remove a finished day's.
create index entry_day on entry (day);
