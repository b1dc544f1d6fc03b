-- When was each site published last?
select site, max(published) as published from days group by site order by site;
