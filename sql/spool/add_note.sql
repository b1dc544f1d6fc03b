-- Notes what went wrong; what is known already is only new again when it had been seen.
insert into note (time, what, site, date, since, name, seen)
values (:time, :what, :site, :date, :since, :name, 0)
on conflict (what, site, date, name) do update set time = excluded.time, seen = 0 where seen = 1;
