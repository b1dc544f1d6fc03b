-- Schema 5: one number that grows with every change of a site, for the running server to notice.
create table change (
  number integer not null
) strict;
