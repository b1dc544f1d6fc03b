-- Adds a token.
insert into token (account, site, name, token, scope, expires) values (:account, :site, :name, :token, :scope, :expires);
