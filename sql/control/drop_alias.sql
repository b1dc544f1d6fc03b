-- A tool's name means the site no more.
delete from alias where tool = :tool and name = :name and site = :site;
