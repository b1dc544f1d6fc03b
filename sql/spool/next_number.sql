-- Gives the site's next release number.
insert into number (site, last) values (:site, 1)
on conflict (site) do update set last = last + 1
returning last;
