-- Moves a day to its next state.
update day set state = :state where id = :id;
