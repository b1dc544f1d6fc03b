-- Schema 21: a site's daily figures as others count them (source: ga4, log), to be laid beside ours.
create table elsewhere (
  site integer not null references site (id) on delete cascade,
  source text not null,
  day text not null,
  pageviews integer,
  visits integer,
  visitors integer,
  engaged integer,
  primary key (site, source, day)
) strict, without rowid;
