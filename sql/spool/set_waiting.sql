-- Seals anew what waits for the site.
insert into waiting (site, day, sealed) values (:site, :day, :sealed)
on conflict (site) do update set day = excluded.day, sealed = excluded.sealed;
