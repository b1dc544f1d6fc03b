-- What has become of a run?
update run set
  state = :state, due = :due, attempt = :attempt, begun = :begun, ended = :ended, progress = :progress, result = :result
where id = :id;
