/// A configuration has several policies, and says which of them changes go by.
extension Rulebook {
  /// The policy of a name as this configuration has it; nil where there is none.
  func named(_ name: String) -> Rulebook? {
    if name == self.name { return self }
    guard var found = former.first(where: { $0.name == name }) else { return nil }
    (found.workflow, found.groups, found.instances, found.startsAsEmergency) = (workflow, groups, instances, startsAsEmergency)
    (found.plays, found.reconcileEvery, found.giveUpAfter) = (plays, reconcileEvery, giveUpAfter)
    (found.membershipsEvery, found.isWithoutPolicy, found.isWithoutGitLab) = (membershipsEvery, isWithoutPolicy, isWithoutGitLab)
    return found
  }

  /// What a change goes by: while it waits, by what its service names, unless that names another workflow, for which the policy was meant; once it is
  /// decided, by what it was decided by. Nil where the configuration has that no more.
  func rules(of change: Books.Change, isDecided: Bool) -> Rulebook? {
    isDecided || workflow.rawValue != change.workflow ? named(change.policy) : self
  }

  /// Whether it gates anything.
  var isWhole: Bool { !isWithoutPolicy && !isWithoutGitLab }

  /// The services name another policy: a new one, or one that they named before. The one that they named stays in the configuration, or goes; now and
  /// then they name another workflow too.
  func namingAnother(_ number: Int, _ chance: Chance) -> Rulebook {
    var next = self
    var left = former
    if !left.isEmpty, chance.happens(0.3), let again = named(left.remove(at: chance.below(left.count)).name) {
      next = again
    } else {
      next.name = "\(Rulebook.policy)-\(number)"
      next.rules = Rulebook.drawRules(chance)
      next.preventsSelf = !chance.happens(0.15)
      next.requiresReason = chance.happens(0.1)
      next.whenExpired = chance.one(of: [.leave, .reject, .cancelJob])
      next.whenSuperseded = chance.one(of: [.leave, .reject, .cancelJob])
      next.freezes = chance.happens(0.7) ? [] : freezes
    }
    var former = self
    former.former = []
    next.former = chance.happens(0.75) ? left + [former] : []
    if chance.happens(0.3) { next.workflow = chance.one(of: [.simple, .itsm, .own]) }
    return next
  }
}
