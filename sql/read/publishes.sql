-- What did the site's latest publishes of the days that are not merged yet say, newest first?
select t.time, t.pageviews, t.visits
from totals as t
join days as d on d.site = t.site and d.day = t.day
where t.site = $site and t.day >= $begin and not d.merged
order by t.time desc
limit $most;
