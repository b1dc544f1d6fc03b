-- Removes the sessions that are over: not used, or begun, since those moments.
delete from session where seen < :seen or begun < :begun;
