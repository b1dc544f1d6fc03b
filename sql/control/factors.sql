-- Which accounts have a second factor?
select account from factor where step > 0;
