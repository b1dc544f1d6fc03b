-- What do other tools' clients call the sites?
select alias.tool, alias.name, site.domain from alias join site on site.id = alias.site order by site.domain, alias.tool, alias.name;
