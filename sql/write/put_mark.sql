-- Up to which number are the site's releases in here now?
merge into applied
using (select $site::integer as site, $number::bigint as number) as new
on applied.site = new.site
when matched then update set number = new.number
when not matched then insert (site, number) values (new.site, new.number);
