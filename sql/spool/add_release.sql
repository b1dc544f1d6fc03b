-- Puts a release in the outbox.
insert into outbox (site, number, day, body) values (:site, :number, :day, :body);
