-- Begins a second factor; one that was there is replaced.
insert into factor (account, secret, step) values (:account, :secret, 0)
on conflict (account) do update set secret = excluded.secret, step = 0;
