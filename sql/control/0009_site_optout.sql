-- Schema 9: the path of the site's page where visitors can opt out, '' where it is not offered.
alter table site add column optout text not null default '';
