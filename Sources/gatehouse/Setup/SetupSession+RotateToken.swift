import ChangeControl
import Configuration
import GitLab
import HTTPMessages
import JSON
import Storage

/// A new token in place of the old one, so that at each moment the file has one that serves, or the next run brings one in.
extension SetupSession {
  /// What a run before left beside the file: a token that serves takes its place, one that GitLab says serves no more goes. Of any other it may be the
  /// only copy.
  mutating func finishRotation() async throws {
    guard let file = tokenFile else { return }
    for place in file.waitingPlaces { try await finishRotation(from: place, to: file) }
  }

  private mutating func finishRotation(from place: SecretFile, to file: SecretFile) async throws {
    guard let waiting = try place.read() else { return }
    // Room that was taken for an answer that never came.
    guard !waiting.isEmpty else { return try place.remove() }
    let probe = await ProbeConversation(api: api(waiting)).converse(over: client)
    switch (probe.account, probe.token) {
    case (.success(let owner), .success(let read)) where read.canDecide:
      if let now = try file.read(), await hasTakenItsPlace(now, of: read, owner) {
        return try report.tell(
          .nothing, "access token", status: "left",
          notes: [
            "somebody has put another into \(file.path) since, and it stays: \(place.path) has one of a rotation that was cut off, which serves nobody"
          ])
      }
      if place.path == file.next.path {
        try place.move(to: file)
      } else {
        // Another folder may be on another disk.
        try file.write(waiting)
        try place.remove()
      }
      token = waiting
      try report.tell(
        .update, "access token", status: "done",
        notes: ["the token of a rotation that was cut off is in its place, \(file.path)"])
    case (.success, .success): try place.remove()
    case _ where probe.isTokenRefused: try place.remove()
    case (_, .failure(let obstacle)), (.failure(let obstacle), _):
      throw Failure.no(
        "\(obstacle.reason); \(place.path) has a token of a rotation that was cut off, and is kept until GitLab tells whether it serves: "
          + "run this again then; where you know that nobody needs it, revoke it in GitLab and remove that file")
    }
  }

  /// Whether what is in the file was put there after the one that waits was made: of another account, or a later one. GitLab numbers tokens as they are made.
  private func hasTakenItsPlace(_ text: String, of waiting: ProbeReport.Token, _ owner: Person) async -> Bool {
    guard isToken(text) else { return false }
    let probe = await ProbeConversation(api: api(text)).converse(over: client)
    guard let now = try? probe.account.get(), let token = try? probe.token.get(), token.canDecide else { return false }
    if now.id != owner.id { return true }
    guard let id = token.id, let other = waiting.id else { return false }
    return id > other
  }

  /// Brings a rotation to its end that was cut off: what was made is in the file, what it replaced is gone, and what nobody has is too.
  mutating func settleCutOffRotation() async throws {
    try await finishRotation()
    let survey = try await survey()
    let journal = SetupJournal(database: try expectDatabase(), instance: instance.name, actor: survey.person.username)
    let healing = try await heal(journal, survey)
    let left = healing.open.filter { $0.trace.change.kind == .token }.map(\.sentence)
    let serving = await revokePending(try await self.survey(), journal)
    guard let first = (left + serving).first else { return }
    throw Failure.no(first)
  }

  /// - Returns: a sentence for each that could not be revoked. It is told, and in nobody's way.
  private func revokePending(_ survey: SetupSurvey, _ journal: SetupJournal) async -> [String] {
    var left: [String] = []
    do {
      for change in try plan(survey).revocations {
        do { try await revoke(change, account: survey.account?.id, journal) } catch {
          left.append(
            "access token \(change.name) (id \(change.existingID ?? 0)) serves still: \((error as? StepRefusal)?.sentence ?? (error as? Failure)?.message ?? "\(error)")"
          )
        }
      }
    } catch {
      left.append((error as? Failure)?.message ?? "\(error)")
    }
    return left
  }

  mutating func rotateToken() async throws {
    guard let file = tokenFile else {
      throw Failure.no(
        "the token of GitLab \(instance.name) is kept in no file, and no program can set an environment variable for another: write "
          + "`token: {file: PATH}`, or make a new one by hand and set it")
    }
    // It takes no room to finish what was begun.
    try await finishRotation()
    try file.expectWritable()
    guard personToken != nil else { return try await rotateOwn(file) }
    var survey: SetupSurvey
    do {
      survey = try await self.survey()
    } catch  where isUnattended {
      return try await rotateOwn(file)
    }
    if let sentence = survey.whyPersonal ?? survey.whyBarred(on: instance.name) { throw Failure.no(sentence) }
    let journal = SetupJournal(database: try expectDatabase(), instance: instance.name, actor: survey.person.username)
    let healing = try await heal(journal, survey)
    if healing.wasBegun { survey = try await self.survey() }
    guard let account = survey.account,
      let place = try account.place ?? (survey.isAdministrator ? .instance : recordedPlace(of: account, survey, journal))
    else {
      if isUnattended { return try await rotateOwn(file) }
      guard survey.account != nil else {
        let gone = try memory().accounts.sorted().filter { survey.standings[$0] == .gone }
        guard gone.isEmpty else {
          throw Failure.no(
            "the account that setup has made (id \(gone.map(String.init).joined(separator: ", "))) is gone from GitLab \(instance.name), and its token "
              + "with it: run `gatehouse setup apply`, which makes another")
        }
        throw Failure.no(
          "GitLab \(instance.name) has no account of the gate yet, so there is no token to rotate: run `gatehouse setup apply`")
      }
      // One that serves no more cannot rotate itself.
      let way =
        if case .valid = survey.ownToken { "run this without GATEHOUSE_SETUP_TOKEN, and the token is rotated by itself" } else {
          "make one of scope api by hand, and put it where `token` says"
        }
      throw Failure.no(
        "\(survey.person.username) may make no access token for the account of GitLab \(instance.name): use the token of "
          + "\(survey.accountManagers), or \(way)")
    }
    var left =
      healing.open.filter { $0.trace.change.kind == .token }.map { "\($0.trace.text): \($0.sentence)" }
      + (try untoldRotations(survey)) + (await revokePending(survey, journal))
    var change = SetupChange(.token, in: place, name: freshTokenName())
    change.expiresOn = target.tokenExpiresOn
    change.askedOn = target.today
    let (trace, record) = try await bringIn(change, replacing: survey, account: account.id, file, journal)
    let (stays, sentences) = try await revokeReplaced(trace, journal)
    // Only now: a run that is cut off before begins at the old token's end.
    var settled = trace
    settled.before = mark(of: trace, left: stays)
    try journal.settle(record, as: .made, settled)
    left += sentences
    self.left = left
    try end(file, left: left)
  }

  /// Before 17.1 GitLab lists no service accounts: of one that apply has made the record says where it is.
  private func recordedPlace(
    of account: SetupSurvey.Account, _ survey: SetupSurvey, _ journal: SetupJournal
  ) throws -> SetupPlace? {
    // What may not serve is no reason to fail: a token can rotate itself.
    guard !isUnattended, survey.version.map({ !$0.listsServiceAccounts }) ?? false else { return nil }
    return try journal.records(.made).map(\.trace).first { $0.change.kind == .account && $0.gitlabID == account.id }?.change.place
  }

  private mutating func bringIn(
    _ change: SetupChange, replacing survey: SetupSurvey, account: Int64, _ file: SecretFile, _ journal: SetupJournal
  ) async throws -> (SetupTrace, record: Int64) {
    // Before GitLab is asked: the answer is the only copy.
    let room = try file.reserve()
    var conversation = SetupActConversation(api: personAPI, change: change, account: account)
    // With what is left of earlier rotations: the record that has it now ends with the token that it is of.
    var replaced = try lostTokens(of: account, among: survey.tokens)
    replaced += try journal.replacedTokens(of: account, among: survey.tokens).filter { one in !replaced.contains { $0.id == one.id } }
    if case .valid(let old, let owner) = survey.ownToken {
      replaced = [ReplacedToken(id: old.id, text: old.text(of: owner.username))] + replaced.filter { $0.id != old.id }
    }
    conversation.trace.before = JSONValue.object(["file": .string(file.path)]).noting(replaced)
    let (outcome, record, _) = try await journal.carryOut(conversation, over: client)
    guard case .done(let trace, let secret?) = outcome, let record else {
      if case .failed(let sentence) = outcome { throw Failure.no(sentence) }
      throw Failure.no("GitLab \(instance.name) made no token; run this again")
    }
    try await keep(secret, of: trace, record, in: room, journal)
    let probe = await ProbeConversation(api: api(secret)).converse(over: client)
    guard (try? probe.token.get().canDecide) == true, (try? probe.account.get().id) == account else {
      throw Failure.no(
        "GitLab \(instance.name) does not take the new token yet; the old one stays in \(file.path), and running this again goes on")
    }
    try await bring(secret, of: trace, record, from: room, journal)
    token = secret
    try report.tell(.create, trace.text, status: "done", notes: ["it is in \(file.path)"])
    return (trace, record)
  }

  /// What the record of a token keeps: how its file is known again, and what it has taken the place of, where that serves still.
  func mark(of trace: SetupTrace, left: [ReplacedToken]) -> JSONValue {
    guard let file = tokenFile, let token else { return trace.before }
    return file.mark(of: token).noting(left)
  }

  /// Ends one of the account's tokens by its number. Before 17.11 no Owner may (GitLab answers 405 to the list already, and 401 to whoever asks for
  /// somebody's tokens); the account itself may, with another token of its own, at all times.
  ///
  /// - Returns: nil where it is gone; else why not, and whether that may only be for now.
  func endToken(_ change: SetupChange, account: Int64?) async -> (sentence: String, isUnavailable: Bool)? {
    var conversation = SetupActConversation(api: personAPI, change: change, account: account)
    var outcome = await conversation.end(over: client)
    if let fault = conversation.fault, fault.isMethodUnknown || fault.kind == .unauthorized, let token {
      var own = change
      own.place = .instance
      var api = api(token)
      api.speaker = .account
      conversation = SetupActConversation(api: api, change: own, account: account)
      outcome = await conversation.end(over: client)
    }
    switch outcome {
    case .done, .stands, .absent: return nil
    case .unknown(let sentence), .failed(let sentence), .partly(_, let sentence):
      return (sentence, conversation.fault?.isUnavailable ?? true)
    }
  }

  /// - Parameter left: what is to be told besides. The server, which cannot mend it, goes on.
  func end(_ file: SecretFile, left: [String] = []) throws {
    let server =
      instance.setup.rotateTokenBefore == nil
      ? "reads it on SIGHUP (systemctl reload gatehouse)"
      : "takes it into use by itself within a minute, and at once on SIGHUP (systemctl reload gatehouse)"
    for sentence in left { try report.tell(.cannot, "access token", status: "left", notes: [sentence]) }
    try report.end("the new token is in \(file.path); a running server \(server)", done: left.isEmpty)
    if !left.isEmpty, !isUnattended { throw Failure(status: Failure.answerIsNo, message: "") }
  }
}
