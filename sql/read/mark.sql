-- Up to which number are the site's releases in here?
select number from applied where site = $site;
