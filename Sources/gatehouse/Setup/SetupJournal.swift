import Calendar
import ChangeControl
import Cryptography
import GitLab
import HTTPClient
import HTTPMessages
import JSON
import Storage

/// The record of what setup brings about: written before GitLab is asked, settled after.
struct SetupJournal {
  let database: Connection
  let instance: String
  /// The GitLab username of the person whose token is used.
  let actor: String

  func intend(_ trace: SetupTrace) throws -> Int64 {
    try refusing {
      try database.transaction(at: SystemClock.now()) {
        try $0.intendSetup(
          instance: instance, kind: trace.change.kind.rawValue, what: trace.text, actor: actor, trace: trace.json)
      }
    }
  }

  /// - Parameters:
  ///   - sent: the secrets that a webhook has now.
  ///   - reason: why a person strikes it from the record.
  func settle(
    _ id: Int64, as state: SetupRecord.State, _ trace: SetupTrace, sent: String? = nil, forgottenBecause reason: String? = nil
  ) throws {
    try refusing {
      try database.transaction(at: SystemClock.now()) { transaction in
        try transaction.settleSetup(
          id, as: state, instance: instance, what: trace.text, actor: actor, trace: trace.json, forgottenBecause: reason)
        guard trace.change.kind == .hook, let hook = trace.gitlabID else { return }
        let level = trace.change.place.level.rawValue
        if state == .undone { try transaction.forgetSentSecret(level: level, hook: hook, instance: instance) }
        guard state == .made, let sent else { return }
        let salt = freshBytes(32)
        try transaction.noteSentSecret(
          SentSecret(level: level, hook: hook, salt: salt, digest: PasswordDigest.sha256(sent, salt: salt)), instance: instance)
      }
    }
  }

  /// Writes down what is known by now of something that stays begun, or made.
  func note(_ id: Int64, in state: SetupRecord.State, _ trace: SetupTrace) throws {
    try refusing {
      try database.transaction(at: SystemClock.now()) {
        _ = try $0.noteSetup(id, in: state, instance: instance, what: trace.text, actor: actor, trace: trace.json)
      }
    }
  }

  func records(_ state: SetupRecord.State) throws -> [(id: Int64, trace: SetupTrace)] {
    try read(state).map { ($0.id, try trace(of: $0)) }
  }

  /// What was begun and not settled, and whose token it was begun with; the newest first.
  func begun() throws -> [(id: Int64, trace: SetupTrace, actor: String)] {
    try read(.intended).map { ($0.id, try trace(of: $0), $0.actor) }
  }

  /// How long GitLab may come to what it was asked and nobody heard: it works on a request for a minute, whoever has given it up (Puma's worker timeout).
  static let mayComeFor: Duration = .seconds(90)

  /// Settles as not done what was begun and is not to be seen, once it cannot come any more: a token that came later would be one that nobody has, and a
  /// webhook a second one.
  ///
  /// Throws a `Failure` that says when to run this again as long as it may.
  func giveUp(_ id: Int64, _ trace: SetupTrace) throws {
    var age = try read(.intended).first { $0.id == id }.map { SystemClock.now() - $0.updatedAt } ?? Self.mayComeFor
    if age < .zero {
      // It was begun while the clock was ahead: it may have been just now, and nothing waits until then.
      try refusing { try database.transaction(at: SystemClock.now()) { try $0.noteSetupBegun(id) } }
      age = .zero
    }
    guard age >= Self.mayComeFor else {
      throw Failure.no(
        "a run before has asked GitLab \(instance) for \(trace.text), and it may be at it still: run this again in "
          + "\((Self.mayComeFor - age).components.seconds + 1) seconds")
    }
    try settle(id, as: .abandoned, trace)
  }

  private func read(_ state: SetupRecord.State) throws -> [SetupRecord] {
    try refusing { try database.reading(at: SystemClock.now()) { try $0.setupRecords(instance: instance, state: state) } }
  }

  private func trace(of record: SetupRecord) throws -> SetupTrace {
    guard let trace = SetupTrace(record.trace) else {
      throw Failure.no("record \(record.id) of setup was written by another version of gatehouse; run that one")
    }
    return trace
  }

  /// Holds a conversation that changes something; what it is about to do is on disk before GitLab is asked for it.
  ///
  /// - Returns: the record's id, where something was about to be done; and whether GitLab said no.
  func carryOut(
    _ conversation: SetupActConversation, over transport: HTTPClient
  ) async throws -> (SetupOutcome, record: Int64?, isRefused: Bool) {
    var conversation = conversation
    var record: Int64?
    var move = conversation.start()
    for _ in 0..<SetupActConversation.mostExchanges {
      switch move {
      case .end(let outcome):
        guard let record, let refused = conversation.refused else { return (outcome, record, false) }
        // Nothing was cut off: the next run has nothing to look for.
        try settle(record, as: .abandoned, conversation.trace)
        return (outcome, nil, !refused.isUnavailable)
      case .send(let request):
        if conversation.isActing, record == nil { record = try intend(conversation.trace) }
        move = conversation.hear(await transport.send(request))
      }
    }
    return (conversation.cutOff, record, false)
  }
}

/// As good as the system's chance.
func freshBytes(_ count: Int) -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
}
