-- Lifts the site's release numbers to what the store has already.
insert into number (site, last) values (:site, :last)
on conflict (site) do update set last = max(last, excluded.last);
