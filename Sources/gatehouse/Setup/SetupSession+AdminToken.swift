import GitLab
import HTTPMessages

/// The token that only looks: made, put into its file, and taken back.
extension SetupSession {
  /// In place of one that apply made before, which is revoked once the new one is in the file.
  mutating func issueAdminToken(_ bare: SetupChange, _ journal: SetupJournal) async throws {
    guard let file = instance.adminToken?.file else {
      throw Failure.no("the admin_token of GitLab \(instance.name) is kept in no file; write `admin_token: {file: PATH}`")
    }
    // Before GitLab is asked: the answer is the only copy.
    let room = try file.reserve()
    let former = try journal.records(.made).filter { $0.trace.change.kind == .adminToken }
    var change = bare
    change.name = freshTokenName()
    let conversation = SetupActConversation(api: personAPI, change: change, account: nil)
    let (outcome, record) = try await journal.carryOut(conversation, over: client)
    guard case .done(var trace, let secret?) = outcome, let record else {
      if case .failed(let sentence) = outcome { throw Failure.no(sentence) }
      throw Failure.no("GitLab \(instance.name) made no token; apply again")
    }
    try await keep(secret, of: trace, record, in: room, journal)
    try await bring(secret, of: trace, record, from: room, journal)
    adminToken = secret
    trace.before = file.mark(of: secret)
    try journal.settle(record, as: .made, trace)
    for (id, old) in former {
      try await revoke(adminToken: old)
      try journal.settle(id, as: .undone, old)
    }
  }

  private func revoke(adminToken trace: SetupTrace) async throws {
    var change = trace.change
    change.existingID = trace.gitlabID
    switch await SetupActConversation(api: personAPI, change: change, account: nil).converse(over: client) {
    case .done, .stands, .absent: break
    case .failed(let sentence), .partly(_, let sentence): throw Failure.no(sentence)
    }
  }

  /// What a run that was cut off has made is in the file, or nobody has it and it goes.
  func heal(adminToken trace: SetupTrace, _ id: Int64, _ journal: SetupJournal, _ survey: SetupSurvey) async throws {
    switch await SetupActConversation(api: personAPI, lookingFor: trace).converse(over: client) {
    case .stands(var found), .done(var found, _), .partly(var found, _):
      if case .success(let own)? = survey.adminToken, own.name == trace.change.name, let file = instance.adminToken?.file, let adminToken {
        found.before = file.mark(of: adminToken)
        return try journal.settle(id, as: .made, found)
      }
      try await revoke(adminToken: found)
      try journal.settle(id, as: .abandoned, trace)
    case .absent: try journal.settle(id, as: .abandoned, trace)
    case .failed(let sentence): throw Failure.no(sentence)
    }
  }
}
