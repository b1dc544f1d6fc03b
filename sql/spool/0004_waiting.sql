-- Schema 4: per site, what waits over midnight, sealed under the key of the day it waits in.
create table waiting (
  site integer primary key,
  day integer not null,
  sealed blob not null
) strict;
