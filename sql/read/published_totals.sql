-- How many pageviews and visits has each site published?
select site, sum(pageviews)::bigint as pageviews, sum(visits)::bigint as visits from totals group by site order by site;
