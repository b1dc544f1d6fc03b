-- Schema 24: whether the site's figures are rounded to tens wherever they are shown.
alter table site add column rounded integer not null default 0;
