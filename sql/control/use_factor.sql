-- Uses up the time steps until this one; no row when it is used up already.
update factor set step = :step where account = :account and step < :step;
