-- Which accounts have a link that is not used yet, and until when?
select account, expires from invitation;
