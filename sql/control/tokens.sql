-- Which tokens are there?
select t.id, t.name, a.name, s.domain, t.scope, t.expires, t.used
from token as t
join account as a on a.id = t.account
join site as s on s.id = t.site
order by t.id;
