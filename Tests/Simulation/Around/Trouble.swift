import Storage

/// What befalls the gate's machine and its configuration.
final class Trouble {
  private unowned let life: Life
  /// How many there have been, each with a name of its own.
  private var policies = 1

  init(life: Life) { self.life = life }

  private var chance: Chance { life.chance }

  /// Between two turns, or at one of the points of a transaction that come next.
  func crash() {
    guard life.node.isUp, !life.isQuiet else { return }
    switch chance.below(4) {
    case 0: life.node.die(because: "killed", by: .killedBetween)
    case 1: life.node.disk.kill(at: .init(point: nil, count: 1 + chance.below(120)))
    case 2: life.node.disk.kill(at: .init(point: .commit, count: 1 + chance.below(6)))
    default: life.node.disk.kill(at: .init(point: .committed, count: 1 + chance.below(6)))
    }
  }

  func disk() {
    let error: StorageError = chance.one(of: [.full, .failed("SQLite error 10 while writing"), .busy("the database is locked")])
    // Now and then nothing can be written for longer than a lease: what came of an attempt is lost.
    let isLong = chance.happens(0.15)
    life.node.disk.trouble = (isLong ? 1 : chance.one(of: [0.02, 0.2, 1]), error)
    life.note("disk trouble: \(error)")
    life.after(isLong ? 270_000 : chance.within(200...20_000)) { [life] in life.node.disk.trouble = nil }
  }

  /// Seconds mostly; now and then a day.
  func clock() {
    let length = chance.one(ofWeighted: [(4, Int64(30_000)), (3, 600_000), (1, 86_400_000)])
    let jump = chance.within(-length...length)
    life.node.skew += jump
    life.happened(jump < 0 ? .clockBehind : .clockAhead)
    life.note("the gate's clock jumps by \(jump) ms")
    life.after(chance.within(1_000...240_000)) { [life] in
      life.node.skew = 0
      life.note("the gate's clock is right again")
    }
  }

  func outage(of gitLab: GitLabInstance) {
    gitLab.network.outageEnds = life.now + chance.within(5...180) * 1_000
    life.note("\(gitLab.label) is out of reach until \((gitLab.network.outageEnds - Options.start) / 1_000) s")
  }

  /// Our account's token serves no more; after a while an administrator has another one, and the configuration is read anew. Or in the right order:
  /// the new one first, and the old one ends when the configuration has ceased to name it.
  func endToken(of gitLab: GitLabInstance) {
    guard !life.isQuiet else { return }
    life.happened(.tokenEnded)
    if chance.happens(0.3) {
      gitLab.renewToken(endOldOne: false)
      reload(life.node.rulebook)
      life.after(chance.within(0...8_000)) { [life] in
        // Another may have come meanwhile.
        if life.node.tokens[gitLab.name] == gitLab.token { gitLab.endOldTokens() }
      }
    } else {
      gitLab.endToken(byRevoking: chance.happens(0.5))
      life.after(chance.within(5...200) * 1_000) { [self] in
        guard !life.isQuiet else { return }
        gitLab.renewToken(endOldOne: true)
        reload(life.node.rulebook)
      }
    }
  }

  /// Other rules under the policy's name; in some lives the services name another policy.
  func reload() {
    guard !life.isQuiet else { return }
    var book = life.node.rulebook
    (book.isWithoutPolicy, book.isWithoutGitLab) = (false, false)
    if life.options.namesOthers, chance.happens(0.7) {
      policies += 1
      let next = book.namingAnother(policies, chance)
      life.happened(book.former.contains { $0.name == next.name } ? .formerNamed : .policyNamed)
      if next.workflow != book.workflow { life.happened(.workflowNamed) }
      if next.former.isEmpty { life.happened(.policyDropped) }
      return reload(next)
    }
    switch chance.below(7) {
    case 5: book.isWithoutPolicy = true
    case 6: book.isWithoutGitLab = true
    case 0: book.rules = Rulebook.drawRules(chance)
    case 1: book.groups["managers"] = chance.one(of: [["alice", "bob", "carol"], ["alice", "carol"], ["bob", "carol", "olu"]])
    case 2: book.freezes.append(.init(start: life.now, end: life.now + chance.within(10...200) * 1_000))
    case 3: (book.freezes, book.recurringFreeze) = ([], nil)
    default: book.preventsSelf.toggle()
    }
    life.happened(book.isWhole ? .rulesReloaded : .configurationLost)
    reload(book)
  }

  /// The policy wants somebody's word whom nobody has asked.
  func tighten() {
    guard !life.isQuiet else { return }
    var book = life.node.rulebook
    book.rules.append(.init(approver: .user("eve"), required: 1))
    reload(book)
  }

  /// Alice's new name stands in the configuration, beside the old one or in its place.
  func followRename() {
    guard !life.isQuiet else { return }
    var book = life.node.rulebook
    let staysToo = chance.happens(0.4)
    book.groups = book.groups.mapValues { members in
      members.flatMap { $0 != "alice" || members.contains("alicia") ? [$0] : staysToo ? ["alice", "alicia"] : ["alicia"] }
    }
    reload(book)
  }

  /// A slip in the configuration is found in the end.
  func mendConfiguration() {
    var book = life.node.rulebook
    let isMistaken = book.isWithoutPolicy || book.isWithoutGitLab
    (book.isWithoutPolicy, book.isWithoutGitLab) = (false, false)
    let ended = life.gitLabs.filter { !$0.isTokenGood }
    for gitLab in ended { gitLab.renewToken(endOldOne: true) }
    if isMistaken || !ended.isEmpty { reload(book) }
  }

  private func reload(_ book: Rulebook) {
    life.note("configuration read anew: \(book)")
    life.ruled(by: book)
    life.node.reload(book)
  }
}
