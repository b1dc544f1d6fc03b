-- Declares a goal; one that is there stays as it is.
insert into goal (site, kind, value) values (:site, :kind, :value) on conflict do nothing;
