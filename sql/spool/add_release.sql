-- Puts a release in the outbox.
insert into outbox (site, number, day, body, digest) values (:site, :number, :day, :body, :digest);
