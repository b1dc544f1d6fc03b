-- Adds a link to a site.
insert into share (site, token, name, password, public, created)
values (:site, :token, :name, :password, :public, :created);
