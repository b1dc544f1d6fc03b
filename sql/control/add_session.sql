-- Begins a session.
insert into session (token, account, begun, seen) values (:token, :account, :now, :now);
