/// Which changes come after which, where several are for one environment.
extension Reading {
  /// Waiting changes of older deployments to the same environment, oldest first.
  package func waitingChanges(olderThan newer: DeploymentRecord) throws(StorageError) -> [ChangeRecord] {
    try connection.query(
      """
      \(ChangeRecord.select) WHERE c.gate = 'awaiting' AND d.instance = ? AND d.project_id = ? AND d.environment = ? AND d.deployment_id < ?
      ORDER BY c.id
      """, newer.identity.instance, newer.identity.project, newer.environment, newer.identity.deployment, row: ChangeRecord.init(row:))
  }

  /// A change of a newer deployment to the same environment that was let through; the newest, if there are several. One that came to nothing before
  /// it ran (canceled, skipped, failed, rejected in GitLab, or gone from there) has brought no version that an older one would replace.
  ///
  /// - Parameter reason: the reason that audit entries of steps have which a running deployment brought about. Whose start GitLab has taken from us is
  ///   held to have run where GitLab does not tell: it may have in between two looks.
  package func changeLetThrough(newerThan older: DeploymentRecord, unlessEndedBefore reason: String) throws(StorageError) -> Int64? {
    try connection.query(
      """
      SELECT c.id FROM deployment d JOIN change_request c ON c.deployment = d.id
      WHERE d.instance = ? AND d.project_id = ? AND d.deployment_id > ? AND d.environment = ? AND c.gate = 'allowed'
        AND (
          NOT (\(Reading.cameToNothing)) OR d.job_begun = 1
          OR (
            EXISTS (SELECT 1 FROM outbox o WHERE o.change = c.id AND o.step = 'play' AND o.state = 'delivered')
            AND (d.job_begun IS NULL OR d.gone_at IS NOT NULL))
          OR EXISTS (
            SELECT 1 FROM audit_entry a WHERE a.change = c.id AND a.action = 'change.status' AND instr(a.detail, '"because":"' || ? || '"') > 0))
      ORDER BY d.deployment_id DESC LIMIT 1
      """, older.identity.instance, older.identity.project, older.identity.deployment, older.environment, reason
    ) { $0.requiredInteger(0) }.first
  }

  /// That a deployment has ended, and nothing says that it ran. One that failed did run, unless GitLab shows that its job never began, or that people
  /// rejected it: they can only while it is blocked.
  static let cameToNothing = """
    d.status = 'canceled' OR d.status = 'skipped' OR (d.gone_at IS NOT NULL AND (d.status = 'created' OR d.status = 'blocked'))
      OR (d.status = 'failed' AND (
        coalesce(d.job_begun, 1) = 0 OR EXISTS (SELECT 1 FROM json_each(d.gitlab_approvals) WHERE value ->> 'status' = 'rejected')))
    """
}
