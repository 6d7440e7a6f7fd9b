import Cryptography
import GitLab
import JSON

/// Brings about what the plan says, one change after the other. A run that is cut off anywhere is gone on with by the next.
extension SetupSession {
  mutating func apply() async throws {
    try await finishRotation()
    var survey = try await survey(isForPlan: true)
    try await expectRecordedGitLab(survey)
    let journal = SetupJournal(database: try expectDatabase(), instance: instance.name, actor: survey.person.username)
    let healing = try await heal(journal, survey)
    if let passing = healing.open.first(where: \.isPassing) { throw Failure.no(passing.sentence) }
    if healing.wasBegun { survey = try await self.survey(isForPlan: true) }
    for begun in healing.open {
      let notes = [begun.sentence, SetupUndoWishes.howToForget(begun.trace, by: .forget)]
      try report.tell(.cannot, begun.trace.text, status: "cannot", notes: notes)
    }
    let steps = try plan(survey).steps
    resendsSecrets = false
    var account = survey.account?.id
    var refused: Set<String> = []
    var isHookRefused = false
    for (index, step) in steps.enumerated() {
      guard let change = step.change else {
        try report.tell(step, status: step.mark == .nothing ? "stands" : "cannot")
        continue
      }
      // What gives way to a webhook that was refused is all that sends.
      if isHookRefused, change.kind == .hook, change.isTakenBack {
        try report.tell(step, status: "not_tried")
        continue
      }
      do {
        try await carryOut(change, step, account: &account, journal)
      } catch {
        guard let sentence = (error as? StepRefusal)?.sentence ?? (error as? Failure)?.message else { throw error }
        // What comes after does not need it, but our own database and files. Without webhooks deployments are found by reconciling.
        let refusal = error as? StepRefusal
        let isNeeded = !step.holdsUpNothing && !(change.kind == .hook && refusal?.isGitLabs == true)
        guard !isNeeded, refusal != nil else { throw try stopped(at: index, of: steps, because: sentence) }
        refused.insert(step.subject)
        if change.kind == .hook { isHookRefused = true }
        try report.tell(.cannot, step.subject, status: "failed", notes: [sentence] + step.notes)
      }
    }
    // What GitLab dropped or left out shows only when everything is read once more.
    var after = try plan(try await self.survey(isForPlan: true))
    if survey.tokens == nil, try await endUnlisted(after, besides: refused, account, journal) {
      after = try plan(try await self.survey(isForPlan: true))
    }
    let left = after.steps.filter { $0.mark != .nothing }
    guard left.isEmpty, healing.open.isEmpty else {
      for step in left where step.mark != .cannot && !refused.contains(step.subject) { try report.tell(step) }
      let (count, all) = (left.count + healing.open.count, steps.count + healing.open.count)
      throw try ending("\(count) of \(all) lines are left: see those marked ! or ~ above")
    }
    let isNew = steps.contains { [.token, .secret, .adminToken].contains($0.change?.kind) && $0.change?.existingID == nil }
    try report.end(
      "GitLab \(instance.name) has what the gate needs" + (isNew ? "; a running server reads new secrets on SIGHUP" : "")
        + reservations(of: after), done: true)
  }

  private func stopped(at index: Int, of steps: [SetupStep], because sentence: String) throws -> Failure {
    let step = steps[index]
    try report.tell(.cannot, step.subject, status: "failed", notes: [sentence])
    for rest in steps[(index + 1)...] where rest.change != nil { try report.tell(rest, status: "not_tried") }
    let stands = steps[..<index].count { $0.change != nil }
    return try ending("stopped: \(stands) of \(steps.count { $0.change != nil }) changes stand; apply again goes on from here")
  }

  /// What nobody has any more, and only a token of the account's own lists (before 17.11): it has one now.
  ///
  /// - Returns: whether there was any. What could not be ended is a line of the next plan.
  private func endUnlisted(_ after: SetupPlan, besides refused: Set<String>, _ account: Int64?, _ journal: SetupJournal) async throws
    -> Bool
  {
    var hasAny = false
    for step in after.steps where !refused.contains(step.subject) {
      guard let change = step.change, change.kind == .token, change.existingID != nil else { continue }
      hasAny = true
      do {
        try await revoke(change, account: change.formerAccount ?? account, journal)
        try report.tell(step, status: "done")
      } catch let refusal as StepRefusal {
        try report.tell(.cannot, step.subject, status: "failed", notes: [refusal.sentence])
      }
    }
    return hasAny
  }

  private func ending(_ sentence: String) throws -> Failure {
    try report.end(sentence, done: false)
    return .no("GitLab \(instance.name) is not set up yet; see above")
  }

  // MARK: One change

  private mutating func carryOut(_ change: SetupChange, _ step: SetupStep, account: inout Int64?, _ journal: SetupJournal) async throws {
    for successor in change.successors {
      guard let why = await personAPI.objection(to: successor, asking: account ?? 0).converse(over: client) else { continue }
      throw StepRefusal(
        sentence: "it stays: \(successor.text) was to hold in its place, and \(why). Somebody has changed it meanwhile: apply again")
    }
    switch change.kind {
    case .secret: try makeSecret(change, journal)
    case .token where change.existingID == nil: token = try await issue(change, account: account, into: tokenFile, "token", journal)
    case .token: try await revoke(change, account: change.formerAccount ?? account, journal)
    case .adminToken where change.existingID == nil:
      adminToken = try await issue(change, account: nil, into: instance.adminToken?.file, "admin_token", journal)
    case .adminToken: try await revokeFormer(change, journal)
    case .membership where change.isTakenBack: return try await takeBackMembership(change, step, journal)
    case .protection where change.isTakenBack, .hook where change.isTakenBack:
      var told = step
      told.notes = try await (step.holdsUpNothing ? [] : step.notes) + takeBack(change, journal)
      return try report.tell(told, status: "done")
    case .account, .membership, .protection, .hook:
      let conversation = SetupActConversation(
        api: personAPI, change: change, account: account, secrets: HookSecrets(token: webhookToken, signingToken: signingToken))
      let (outcome, record, isRefused) = try await journal.carryOut(conversation, over: client)
      switch outcome {
      case .stands(var trace), .done(var trace, _):
        if change.kind == .hook, let id = trace.gitlabID {
          // What was answered before tells nothing of the secrets that it has now.
          trace.lastSending = await personAPI.lastSending(of: id, in: change.place).converse(over: client)
        }
        if let record { try journal.settle(record, as: .made, trace, sent: secretText) }
        if change.kind == .account { account = trace.gitlabID }
      case .partly(let trace, let sentence):
        if let record { try journal.settle(record, as: .made, trace) }
        throw StepRefusal(sentence: sentence)
      case .absent: throw StepRefusal(sentence: "\(step.subject) was not made; apply again")
      case .unknown(let sentence), .failed(let sentence): throw StepRefusal(sentence: sentence, isGitLabs: isRefused)
      }
    }
    // What was true until it was done is not any more.
    let isSettled = step.holdsUpNothing || change.kind == .token || change.kind == .adminToken
    try report.tell(isSettled ? SetupStep(step.mark, step.subject, lines: step.lines) : step, status: "done")
  }

  private mutating func makeSecret(_ change: SetupChange, _ journal: SetupJournal) throws {
    let isSigningToken = change.name == "signing_token"
    guard let file = isSigningToken ? instance.signingToken?.file : instance.webhookToken?.file else { return }
    // GitLab's form of a signing token: `whsec_` and the base64 of 32 bytes (19.0).
    let secret = isSigningToken ? "whsec_" + Base64.encode(freshBytes(32)) : Digest.hexadecimal(freshBytes(32))
    var trace = SetupTrace(change, account: nil)
    trace.before = file.mark(of: secret)
    let record = try journal.intend(trace)
    try file.write(secret)
    try journal.settle(record, as: .made, trace)
    if isSigningToken { signingToken = secret } else { webhookToken = secret }
  }

  /// The token is on disk before anything depends on it; whoever finds it in no file later revokes it. What it takes the place of goes in a step of its
  /// own, once the new one is in the file.
  ///
  /// - Parameter key: what the configuration calls it.
  private func issue(
    _ bare: SetupChange, account: Int64?, into file: SecretFile?, _ key: String, _ journal: SetupJournal
  ) async throws -> String {
    guard let file else {
      throw Failure.no("the \(key) of GitLab \(instance.name) is kept in no file; write `\(key): {file: PATH}`")
    }
    // Before GitLab is asked: the answer is the only copy.
    let room = try file.reserve()
    var change = bare
    change.name = freshTokenName()
    let conversation = SetupActConversation(api: personAPI, change: change, account: account)
    let (outcome, record, _) = try await journal.carryOut(conversation, over: client)
    guard case .done(var trace, let secret?) = outcome, let record else {
      switch outcome {
      case .failed(let sentence), .unknown(let sentence): throw Failure.no(sentence)
      case .done, .stands, .absent, .partly: throw Failure.no("GitLab \(instance.name) made no token; apply again")
      }
    }
    try await keep(secret, of: trace, record, in: room, journal)
    try await bring(secret, of: trace, record, from: room, journal)
    let left = change.kind == .token ? try journal.replacedTokens(of: account, among: nil) : []
    trace.before = file.mark(of: secret).noting(left)
    try journal.settle(record, as: .made, trace)
    return secret
  }

  func freshTokenName() -> String { "gatehouse \(Digest.hexadecimal(freshBytes(4)))" }

  /// A token that nobody has: a run was cut off between its making and its file, or another has taken its place.
  func revoke(_ change: SetupChange, account: Int64?, _ journal: SetupJournal) async throws {
    if let trouble = await endToken(change, account: account) { throw StepRefusal(sentence: trouble.sentence) }
    for (id, trace) in try journal.records(.intended)
    where trace.change.kind == .token && trace.change.name == change.name && trace.isOf(account: account) {
      try journal.settle(id, as: .abandoned, trace)
    }
    for (id, trace) in try journal.records(.made) where trace.change.kind == .token && trace.gitlabID == change.existingID {
      try journal.settle(id, as: .undone, trace)
    }
  }
}
