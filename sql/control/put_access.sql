-- Gives an account a role at a site.
insert into access (account, site, role) values (:account, :site, :role)
on conflict (account, site) do update set role = excluded.role;
