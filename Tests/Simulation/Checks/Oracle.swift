/// Whether a policy could have let a change through: a small judge of its own, by people, times and rules as the life knows them. Where it cannot
/// know all (members of GitLab's groups, authors of old commits) it asks for what is necessary.
struct Oracle {
  var book: Rulebook
  var change: Books.Change
  var words: [Books.Word]
  var overrides: [Books.Override]
  var tier: String
  var chronicle: Chronicle
  /// The usernames under which GitLab has shown the gate who triggered the deployment.
  var requesterNames: Set<String> = []
  /// When each first said yes, what they have taken back or said anew since included.
  var firstYes: [String: Int64] = [:]
  /// What the gate's clock showed.
  var now: Int64
  /// The time that was, around which GitLab's lists were read.
  var trueNow: Int64

  /// How long ago GitLab's lists may have been read.
  var freshness = Oracle.delivered

  /// A gate turns by a list that was read 30 s ago at most; what is decided is delivered by one of 300 s. And what reading takes.
  static let turned: Int64 = 45_000
  static let delivered: Int64 = 320_000

  /// Why it could not be let through; nil if it could.
  func objectionToAllowing() -> String? {
    guard book.isWhole else { return "there is no policy" }
    if let stray = objectionToPolicy { return stray }
    if let user = change.glassBy { return mayBreakGlass(user) ? nil : "\(user) may not break the glass" }
    if book.rejectsHighRisk, change.risk == "high" { return "the policy rejects what is of high risk" }
    if book.requiresReason, (change.reason ?? "").isEmpty { return "the reason is missing that the policy asks for" }
    if let hold = objectionOfTime() { return hold }
    if isApprovedByItself || mayBeDocuments { return nil }
    return objectionOfPeople()
  }

  /// Whether it was decided by what its service named then.
  private var objectionToPolicy: String? {
    book.isWhole && book.name != change.policy ? "it went by policy \(change.policy), and \(book.name) is named" : nil
  }

  /// Why it could not be stopped.
  ///
  /// - Parameters:
  ///   - hasEnded: its deployment has come to nothing in GitLab.
  ///   - isOvertaken: a newer deployment to the same environment was let through.
  func objectionToPreventing(hasEnded: Bool, isOvertaken: Bool) -> String? {
    if hasEnded || isOvertaken && book.supersedes { return nil }
    if let stray = objectionToPolicy { return stray }
    if words.contains(where: isNo) { return nil }
    if let user = change.decidedBy, Staff.mayOperate(user) { return nil }
    if book.rejectsHighRisk, change.risk == "high" { return nil }
    if let limit = book.expiresAfter, now >= change.createdAt + limit { return nil }
    return "nobody stopped it"
  }

  /// What holds a change that was decided.
  func objectionOfTime() -> String? {
    if book.freezes(at: now).contains(where: { !isLifted($0) }) { return "a freeze holds" }
    if let start = change.plannedStart, now < start { return "its planned start is still to come" }
    if let end = change.plannedEnd, now >= end { return "its planned end is over" }
    return nil
  }

  /// Two lift the freeze that they have seen: one that comes again has to be lifted again.
  private func isLifted(_ freeze: Rulebook.Freeze) -> Bool {
    let requester = chronicle.deployments[change.deployment]?.requester
    let lifting = overrides.filter { override in
      let isOwn = book.preventsSelf && requester.map { isRequester(override.user, $0) } ?? false
      return freeze.holds(at: override.at) && !isOwn && book.groups[Rulebook.overriders]?.contains(override.user) ?? false
    }
    return book.letsOverrideFreezes && Set(lifting.map(\.user)).count >= 2
  }

  func mayBreakGlass(_ user: String) -> Bool {
    book.letsBreakGlass && (book.groups[Rulebook.breakers]?.contains(user) ?? false) && Staff.mayOperate(user)
  }

  private var isApprovedByItself: Bool { book.approvesStandardStaging && tier == "staging" && change.type == "standard" }

  /// All that a deployment brings may be more than its own commit: no more is asked for than that this one is nothing else.
  var mayBeDocuments: Bool { book.approvesDocuments && chronicle.deployments[change.deployment]?.isDocuments ?? false }

  /// Why people do not let it through; nil if they do.
  func objectionOfPeople() -> String? {
    guard !change.stepsPassed.isEmpty else { return "no approval step was passed" }
    let counting = words.filter { $0.status == "approved" && isCounting($0) }
    if change.workflow != Rulebook.WorkflowName.itsm.rawValue, book.isListed, let no = words.first(where: isNo) {
      return "\(no.user) rejected it"
    }
    // Every seat of every rule of every step that was passed, each filled by somebody else.
    let seats = change.stepsPassed.flatMap { step in
      book.rules.enumerated().flatMap { rule in (0..<rule.element.required).map { _ in (step, rule.offset) } }
    }
    var seatOf: [Int: Int] = [:]
    for seat in seats.indices {
      var tried: Set<String> = []
      if !seatSomebody(in: seat, seats, counting, &seatOf, &tried) {
        return "of \(seats.count) approvals \(seat) can be found in the words of \(counting.map(\.user).joined(separator: ", "))"
      }
    }
    return nil
  }

  /// An augmenting path of a matching between seats and people.
  private func seatSomebody(
    in seat: Int, _ seats: [(String, Int)], _ words: [Books.Word], _ taken: inout [Int: Int], _ tried: inout Set<String>
  ) -> Bool {
    let people = words.map(\.user)
    for (index, word) in words.enumerated()
    where word.step == seats[seat].0 && isOpen(seats[seat].1, to: index, words)
      && mayFill(by: word)[seats[seat].1]
    {
      guard tried.insert(word.user).inserted else { continue }
      // One person has one seat, in whatever step they spoke.
      let holder = people.firstIndex(of: word.user) ?? index
      guard let other = taken[holder] else {
        taken[holder] = seat
        return true
      }
      if seatSomebody(in: other, seats, words, &taken, &tried) {
        taken[holder] = seat
        return true
      }
    }
    return false
  }

  /// A later stage opens once all before it are met: by those who had spoken in the same step.
  private func isOpen(_ rule: Int, to index: Int, _ words: [Books.Word]) -> Bool {
    let seats = book.rules.indices.filter { book.rules[$0].stage < book.rules[rule].stage }.flatMap { earlier in
      (0..<book.rules[earlier].required).map { _ in (words[index].step, earlier) }
    }
    let spoken = Array(words[..<index])
    var taken: [Int: Int] = [:]
    return seats.indices.allSatisfy { seat in
      var tried: Set<String> = []
      return seatSomebody(in: seat, seats, spoken, &taken, &tried)
    }
  }

  private func isCounting(_ word: Books.Word) -> Bool {
    if book.commentAlways, (word.comment ?? "").isEmpty { return false }
    if let from = word.effectiveAt, now < from { return false }
    // Until it is looked at, at most two seconds. What only waited for time, or to hear GitLab, was decided before, and may be said anew.
    if let limit = book.expiresAfter, word.at > change.createdAt + limit + 2_000 {
      let hasWaited = change.plannedStart != nil || chronicle.rulebooks.contains { $0.book.hasFreezes }
      guard hasWaited || mayHaveBeenSaid(by: change.createdAt + limit + 2_000) else { return false }
    }
    guard Staff.mayDecide(word.user), let deployment = chronicle.deployments[change.deployment] else { return false }
    if book.preventsSelf, isRequester(word.user, deployment.requester) { return false }
    // An older commit that is deployed once more brings nothing new. Whoever has another name in GitLab now is known there by what they are called.
    if book.preventsAuthors, let author = deployment.author, Chronicle.isSamePerson(word.user, author) { return false }
    return true
  }

  /// Whether as many had said yes by then as the policy asks for, of a GitLab that may not have told who belongs to its groups.
  private func mayHaveBeenSaid(by end: Int64) -> Bool {
    !book.isListed && firstYes.values.count { $0 <= end } >= change.stepsPassed.count * book.rules.reduce(0) { $0 + $1.required }
  }

  /// Whether the gate must know that somebody is who triggered the deployment: GitLab has shown them under this name, or its lists do, by which the
  /// policy goes, if none that may still stand was read before. A name that GitLab has never shown, nor shows any more, tells nothing.
  private func isRequester(_ user: String, _ requester: String) -> Bool {
    guard let renamedAt = chronicle.renamedAt, Chronicle.isSamePerson(user, requester) else { return user == requester }
    return requesterNames.contains(user) || !book.isListed && user == "alicia" && renamedAt < trueNow - freshness
  }

  private var maintainers: [String] { ["alice", "bob", "carol"] + (chronicle.isRenamed ? ["alicia"] : []) }

  /// Who says no, and may, and says why: each of our policies asks for that.
  func isNo(_ word: Books.Word) -> Bool {
    word.status == "rejected" && !(word.comment ?? "").isEmpty && mayFill(by: word).contains(true)
  }

  /// For each rule, whether somebody's word may fill it: who says for whom they speak fills no seat of others.
  private func mayFill(by word: Books.Word) -> [Bool] {
    guard let name = word.representedAs else { return mayFill(word.user) }
    return zip(mayFill(word.user), book.rules).map { mayFill, rule in
      switch rule.approver {
      case .user(let represented), .listed(let represented), .gitLabGroup(let represented): mayFill && represented == name
      // By no name that anybody says here.
      case .level: false
      }
    }
  }

  /// For each rule, whether somebody may fill it.
  private func mayFill(_ user: String) -> [Bool] {
    book.rules.map { rule in
      switch rule.approver {
      case .user(let name): name == user
      case .listed(let group): book.groups[group]?.contains(user) ?? false
      case .gitLabGroup: maintainers.contains(user) && !chronicle.wasAway(user, from: trueNow - freshness, to: trueNow)
      case .level:
        user == "olu" || maintainers.contains(user) && !chronicle.wasAway(user, from: trueNow - freshness, to: trueNow)
      }
    }
  }
}
