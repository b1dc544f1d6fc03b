-- Makes a link for an account; an earlier one is void.
insert into invitation (account, token, expires) values (:account, :token, :expires)
on conflict (account) do update set token = excluded.token, expires = excluded.expires;
