-- A tool's name means a site.
insert into alias (tool, name, site) values (:tool, :name, :site);
