-- The site is gone: nobody asks for its last release any more.
delete from applied where site = $site;
