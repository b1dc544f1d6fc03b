-- A browser has given a link's password.
insert into share_pass (token, share, begun) values (:token, :share, :begun);
