import Calendar
import Cryptography
import GitLab
import Storage

extension SetupSession {
  /// What the record knows, for a plan.
  ///
  /// - Parameter account: of what a run that was cut off has begun of tokens, what is another account's tells nothing of this one's. Nil: all of it.
  func memory(of account: Int64? = nil) throws -> SetupMemory {
    try recorded { reading in
      var memory = SetupMemory()
      memory.resendsSecrets = resendsSecrets
      let all = try SetupTrace.all(.intended, for: instance.name, in: reading)
      let begun = all.filter { $0.isOf(account: account) }
      // Of an account that is not made yet there is nothing.
      memory.formerBegun = all.filter { account == nil || !$0.isOf(account: account) }.compactMap(SetupMemory.BegunToken.init)
      memory.pendingTokens = Set(begun.filter { $0.change.kind == .token && !$0.isOwnRotation }.map(\.change.name))
      memory.lostRotations = begun.compactMap(LostRotation.init)
      for account in try SetupTrace.made(.account, for: instance.name, in: reading) {
        guard let id = account.gitlabID else { continue }
        memory.accounts.insert(id)
        // The newest record comes first.
        memory.accountNames[id] = memory.accountNames[id] ?? account.change.name
      }
      memory.undoneAccounts = Set(
        try SetupTrace.all(.undone, for: instance.name, in: reading).filter { $0.change.kind == .account && !$0.isOfName }.compactMap(
          \.gitlabID))
      memory.leavingAccounts = Set(
        try [SetupRecord.State.made, .undone].flatMap { try SetupTrace.all($0, for: instance.name, in: reading) }
          .filter { $0.removalAskedAt.map { $0 + .seconds(86_400) > SystemClock.now() } ?? false }.compactMap(\.gitlabID))
      memory.adminTokens = try madeTokens(.adminToken, reading)
      memory.accountTokens = try madeTokens(.token, reading)
      memory.protections = try SetupTrace.made(.protection, for: instance.name, in: reading).compactMap(SetupMemory.MadeProtection.init)
      memory.memberships = try SetupTrace.made(.membership, for: instance.name, in: reading).compactMap(SetupMemory.MadeMembership.init)
      memory.approvalRules = memory.protections.reduce(into: []) { $0.formUnion($1.approvalRows) }
      memory.refusedLifetime = try refusedLifetime(reading)
      try noteHooks(reading, &memory)
      return memory
    } ?? SetupMemory()
  }

  /// GitLab's no to the life of a token that was to be made, if it has made none since.
  private func refusedLifetime(_ reading: Reading) throws -> SetupMemory.RefusedLifetime? {
    let newest = try [SetupRecord.State.made, .abandoned].flatMap { try reading.setupRecords(instance: instance.name, state: $0) }
      .filter { [.token, .adminToken].contains(SetupTrace($0.trace)?.change.kind) }.max { $0.id < $1.id }
    guard let newest, newest.state == .abandoned, let trace = SetupTrace(newest.trace), let words = trace.before["refused"]?.string else {
      return nil
    }
    let day = CivilDate(daysSinceEpoch: Int(newest.updatedAt.milliseconds / 86_400_000))
    return SetupMemory.RefusedLifetime(words, until: trace.change.expiresOn, on: day)
  }

  private func noteHooks(_ reading: Reading, _ memory: inout SetupMemory) throws {
    let secrets = secretText
    for record in try reading.setupRecords(instance: instance.name, state: .made) {
      guard let trace = SetupTrace(record.trace), trace.change.kind == .hook, let id = trace.gitlabID else { continue }
      if !trace.existed {
        memory.hooks.append(
          SetupMemory.MadeHook(id: id, place: trace.change.place, madeAt: record.updatedAt, createdAt: trace.createdAt))
      }
      // The newest record comes first.
      if memory.secretsSentAt[id] == nil { memory.sendingsBefore[id] = trace.lastSending }
      memory.secretsSentAt[id] = max(memory.secretsSentAt[id] ?? record.updatedAt, record.updatedAt)
    }
    for sent in try reading.sentSecrets(instance: instance.name) {
      memory.sentSecrets[sent.hook] = MessageAuthentication.areEqual(PasswordDigest.sha256(secrets, salt: sent.salt), sent.digest)
    }
  }
}

extension SetupTrace {
  /// Whether it is of this account; of which it is of, or this one, may not be known.
  func isOf(account other: Int64?) -> Bool { account == nil || other == nil || account == other }
}
