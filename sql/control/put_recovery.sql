-- Adds a recovery code.
insert into recovery (account, code) values (:account, :code);
