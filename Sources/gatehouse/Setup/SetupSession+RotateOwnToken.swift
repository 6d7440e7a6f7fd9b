import ChangeControl
import GitLab
import HTTPMessages
import JSON
import Storage

/// Without anybody else's token GitLab can only be asked to rotate the one there is: the old one dies with the question, and the new one is in the
/// answer alone.
extension SetupSession {
  /// Between two tries to write down a token that is nowhere else.
  private static let writingPause: Duration = .seconds(1)

  mutating func rotateOwn(_ file: SecretFile) async throws {
    guard let token else { throw Failure.no("there is no token in \(file.path) to rotate; `gatehouse setup apply` makes one") }
    let database = try expectDatabase()
    let probe = await ProbeConversation(api: api(token)).converse(over: client)
    let owner: Person
    switch probe.account {
    case .success(let person): owner = person
    case .failure(let obstacle):
      if UserStanding.state(inRefusal: obstacle.reason) != nil { throw Failure.no(obstacle.reason) }
      throw Failure.no(
        "\(obstacle.reason); with GATEHOUSE_SETUP_TOKEN set, a new token is made in its place (by `gatehouse setup apply`, where the account is gone)"
      )
    }
    let journal = SetupJournal(database: database, instance: instance.name, actor: owner.username)
    let known = await OwnTokensConversation(api: api(token), account: owner.id).converse(over: client)
    let asker = known.own?.id ?? (try? probe.token.get())?.id
    try settleFormerRotations(asker, known, of: owner.id, journal)
    // Of one that apply made the record goes on; any other is not ours to take back.
    let old = try journal.records(.made).first { $0.trace.change.kind == .token && asker != nil && $0.trace.gitlabID == asker }
    var change = SetupChange(.token, in: old?.trace.change.place ?? .instance, name: (try? probe.token.get().name) ?? "")
    change.expiresOn = target.tokenExpiresOn
    var trace = SetupTrace(change, account: owner.id)
    trace.existed = old.map(\.trace.existed) ?? true
    trace.before = LostRotation(name: change.name, old: asker, known: (known.all?.map(\.id)).map(Set.init), askedAt: known.clock).json
    // No token may end another here that GitLab did not let go: it stays in the plan.
    let replaced = try journal.replacedTokens(of: owner.id, among: known.all).filter { $0.id != asker }
    // Before GitLab is asked: the answer is the only copy.
    let room = try file.reserve()
    let record = try journal.intend(trace)
    let conversation = RotateTokenConversation(api: api(token), expiresOn: target.tokenExpiresOn, today: target.today)
    switch await conversation.converse(over: client) {
    case .refusedLifetime(let trouble):
      try abandon(record, trace, because: trouble, journal)
      throw Failure.no("\(trouble). The old token serves as before")
    case .refused(let trouble):
      try abandon(record, trace, because: trouble, journal)
      throw Failure.no("\(trouble); the old token serves as before. With GATEHOUSE_SETUP_TOKEN set, a new one is made in its place")
    case .unknown(let trouble): throw await lost(token, trouble)
    case .rotated(let rotated):
      // In use from here on, even where the file cannot be written.
      self.token = rotated.token
      trace.gitlabID = rotated.id
      trace.before = file.mark(of: rotated.token).noting(replaced)
      // What is recorded serves even where it cannot be kept; and a record that cannot be written keeps no token from its file.
      try? settle(record, trace, journal, instead: old)
      try await insistOnWriting(rotated.token, to: file, room)
      try settle(record, trace, journal, instead: old)
      try report.tell(.create, "access token of \(owner.username)", status: "done", notes: ["it is in \(file.path)"])
      try await verify(rotated.token, file)
    }
    try end(file)
  }

  /// What earlier runs asked for, and heard no answer to, as far as the token that serves tells. Of any other something may serve that nobody has: a
  /// person's token finds it.
  private func settleFormerRotations(_ asker: Int64?, _ known: OwnTokens, of account: Int64, _ journal: SetupJournal) throws {
    for (id, trace) in try journal.records(.intended) {
      guard let rotation = LostRotation(trace) else { continue }
      if let asker, asker == rotation.old {
        try journal.giveUp(id, trace)
      } else if let own = known.own, trace.isOf(account: account) {
        _ = try settle(rotation, trace, id, by: own, among: known.all, journal)
      }
    }
  }

  /// Does nothing the second time.
  private func settle(_ record: Int64, _ trace: SetupTrace, _ journal: SetupJournal, instead old: (id: Int64, trace: SetupTrace)?) throws {
    try journal.settle(record, as: .made, trace)
    if let old { try journal.settle(old.id, as: .undone, old.trace) }
  }

  /// The answer did not come. That the old token still serves does not tell that it will: GitLab may be at it. The record stays begun, and the next run
  /// finds out.
  private func lost(_ token: String, _ trouble: String) async -> Failure {
    let probe = await ProbeConversation(api: api(token)).converse(over: client)
    let mending = "set GATEHOUSE_SETUP_TOKEN and run this again"
    switch probe.account {
    case .success:
      let next = isServers ? "it is tried again" : "run this again in two minutes"
      return .no("\(trouble); the old token still serves as yet, and GitLab may be at it still: \(next)")
    case .failure(.refused): return .no("\(trouble); the old token no longer serves, and the new one was lost with the answer: \(mending)")
    case .failure: return .no("\(trouble); if the old token no longer serves, the new one was lost with the answer: \(mending)")
    }
  }

  private func abandon(_ record: Int64, _ trace: SetupTrace, because reason: String, _ journal: SetupJournal) throws {
    var abandoned = trace
    var before = trace.before.object ?? ["rotates": true]
    before.append("reason", .string(reason))
    abandoned.before = .object(before)
    try journal.settle(record, as: .abandoned, abandoned)
  }

  /// The one copy of a token that serves: into the room that was taken for it, and from there in the old one's place. What keeps it from there is
  /// waited out for a while, and said.
  private func insistOnWriting(_ secret: String, to file: SecretFile, _ room: SecretFile.Reservation) async throws {
    for attempt in 1...writings {
      do {
        return try put(secret, into: room)
      } catch {
        guard attempt < writings else { break }
        if attempt == 1, !isServers {
          printError(
            "gatehouse: \((error as? Failure)?.message ?? "\(error)"); it is tried again every second for \(writings / 60) minutes, do not "
              + "interrupt: the new token is \(room.isUsed ? "in \(room.place.path)" : "in this process alone")")
        }
        try? await Task.sleep(for: SetupSession.writingPause)
      }
    }
    let reason = "the new token serves, and cannot be put into \(file.path), where the old one is, which does not any more"
    throw room.isUsed
      ? Failure.no("\(reason): it is in \(room.place.path), and `gatehouse setup rotate-token` brings it from there to its place")
      : Failure.no(
        "\(reason), nor beside it; make room there, and see that this user may write in its folder"
          + (isServers ? "" : ". It ends with this run: set GATEHOUSE_SETUP_TOKEN and run this again"))
  }

  private func put(_ secret: String, into room: SecretFile.Reservation) throws {
    if !room.isUsed { try room.write(secret) }
    try room.bring(secret)
  }

  private func verify(_ secret: String, _ file: SecretFile) async throws {
    let probe = await ProbeConversation(api: api(secret)).converse(over: client)
    if case .failure(.refused(let reason)) = probe.account {
      throw Failure.no(
        "GitLab \(instance.name) does not take the new token, which is in \(file.path): \(reason); set GATEHOUSE_SETUP_TOKEN "
          + "and run this again")
    }
  }
}
