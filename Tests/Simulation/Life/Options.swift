import GitLabSimulator

/// What kind of life it is. Drawn before anything else.
struct Options: CustomStringConvertible {
  var seed: UInt64
  /// How long things happen and go wrong, in milliseconds; after that nothing goes wrong any more.
  var length: Int64
  /// How many pipelines want to deploy.
  var pipelines: Int
  var rulebook: Rulebook
  /// How often something goes wrong with one exchange with GitLab, with one webhook, with one answer to a person.
  var exchangeFaults: Double
  var hookFaults: Double
  var answerFaults: Double
  /// How often GitLab is out of reach altogether for a while.
  var outages: Int
  var crashes: Int
  /// How often the disk fails for a while.
  var diskTroubles: Int
  /// How often the machine's clock is set wrong and right again.
  var clockJumps: Int
  var reloads: Int
  /// How often others act in GitLab.
  var neighbours: Int
  /// How often a token is revoked.
  var revocations: Int
  /// What people say and do here.
  var acts: Int
  var release: World.Release
  var signsHooks: Bool
  var switchesHooksOff: Bool
  /// GitLab asks for somebody else's approval besides ours.
  var asksOthersToo: Bool
  /// GitLab asks for one approval of any developer, and others give theirs there.
  var anybodyMayInGitLab: Bool
  /// GitLab counts approvals without rules, and starts the job with the last.
  var countsWithoutRules: Bool
  /// How long a deployment's job runs.
  var jobs: Int64
  /// The worlds of two GitLabs are made from one seed: they have the same commits, and their webhooks the same keys.
  var worldsAreAlike: Bool
  /// How often our account's token ends in GitLab.
  var tokenEnds: Int
  /// Who listens to the events.
  var listeners: Int
  /// Alice, who deploys much, is given another name in GitLab, and goes on.
  var renames: Bool
  /// Both names of hers stand in the policy from the start, and under the new one she approves what she deployed under the old one.
  var approvesUnderNewName: Bool
  /// Nobody hears of the first approval, and the policy no longer stands by it.
  var losesApproval: Bool
  /// The lost approval is given up, because GitLab refuses to say how the deployment stands, and an operator has it tried again in the end.
  var isTriedAgainByHand: Bool
  /// GitLab is slow over an older deployment while a newer one to the same environment is let through.
  var overtakes: Bool
  /// A reload may have the services name another policy, or another workflow.
  var namesOthers: Bool
  /// Where GitLab waits for others too, whoever triggered a deployment starts its job as soon as those have spoken.
  var requestersStart: Bool
  /// The process dies when GitLab has carried out what it was asked for first, before that is written down.
  var diesAfterEffect: Bool
  /// GitLab says once, by mistake, that there is no such thing.
  var deniesOnce: Bool
  /// How often an auditor takes the audit log with them.
  var exports: Int
  /// While a freeze holds what has all its approvals, somebody rejects it.
  var rejectsInFreeze: Bool
  /// A freeze is overridden for what waits, and it is approved in another.
  var overridesFormerFreeze: Bool
  /// Somebody has environments protected and opened by the gate.
  var isAdministered: Bool
  /// How often others do so in GitLab itself, in such a life.
  var otherAdministrators: Int

  static let start: Int64 = 1_788_426_902_000

  init(seed: UInt64, chance: Chance) {
    self.seed = seed
    length = chance.one(of: [3, 6, 12]) * 60_000
    pipelines = 1 + chance.below(5)
    rulebook = .draw(chance, from: Options.start, length: length)
    // A third of all lives has a quiet network, so that what crashes and people do shows alone.
    let rates = chance.one(ofWeighted: [(2, 0.0), (3, 0.08), (2, 0.3)])
    exchangeFaults = rates
    hookFaults = chance.one(of: [0.0, 0.3, 1.0])
    answerFaults = chance.one(of: [0.0, 0.1, 0.3])
    outages = chance.one(of: [0, 0, 1, 2])
    crashes = chance.one(ofWeighted: [(2, 0), (3, 2), (2, 6)])
    diskTroubles = chance.one(of: [0, 0, 1, 3])
    clockJumps = chance.one(of: [0, 0, 1, 3])
    reloads = chance.one(of: [0, 0, 1, 3])
    revocations = chance.one(of: [0, 0, 0, 1])
    neighbours = chance.one(of: [0, 2, 5, 10])
    acts = 10 + chance.below(60)
    release = chance.happens(0.6) ? .v19 : .v18
    signsHooks = chance.happens(0.3)
    switchesHooksOff = chance.happens(0.3)
    asksOthersToo = chance.happens(0.15)
    anybodyMayInGitLab = !asksOthersToo && chance.happens(0.2)
    countsWithoutRules = !asksOthersToo && !anybodyMayInGitLab && chance.happens(0.1)
    jobs = chance.one(of: [0, 20_000, 120_000])
    if chance.happens(0.2) { rulebook.instances.append(Rulebook.secondInstance) }
    worldsAreAlike = chance.happens(0.5)
    tokenEnds = chance.one(of: [0, 0, 0, 1, 2])
    listeners = chance.one(of: [0, 1, 2])
    exports = chance.one(of: [0, 0, 4])
    renames = chance.happens(0.12)
    // By a chance of its own, and drawn only where it matters: other lives stay the lives that their seeds were.
    losesApproval = Chance(seed: seed ^ 0x9E37_79B9_7F4A_7C15).happens(0.06)
    let other = Chance(seed: seed ^ 0xC2B2_AE3D_27D4_EB4F)
    isTriedAgainByHand = losesApproval && other.happens(0.5)
    overtakes = !losesApproval && !renames && other.happens(0.06)
    approvesUnderNewName = renames && chance.happens(0.5)
    let third = Chance(seed: seed ^ 0x1656_67B1_9E37_79F9)
    namesOthers = reloads > 0 && !losesApproval && !overtakes && !approvesUnderNewName && third.happens(0.6)
    requestersStart = asksOthersToo && third.happens(0.6)
    diesAfterEffect = !losesApproval && !overtakes && Chance(seed: seed ^ 0x9E37_79B1_85EB_CA87).happens(0.06)
    let fourth = Chance(seed: seed ^ 0x8563_2A1D_9C4F_E6B3)
    if fourth.happens(0.12) { rulebook.recurringFreeze = .init(minutes: fourth.one(of: [2, 5]), lasting: fourth.within(20...100) * 1_000) }
    rulebook.approvesDocuments = fourth.happens(0.15)
    let fifth = Chance(seed: seed ^ 0xD6E8_FEB8_6659_FD93)
    isAdministered = !losesApproval && !overtakes && !approvesUnderNewName && fifth.happens(0.1)
    otherAdministrators = fifth.one(of: [0, 0, 6])
    let sixth = Chance(seed: seed ^ 0xA24B_AED4_963E_E407)
    rejectsInFreeze = !losesApproval && !overtakes && !renames && !requestersStart && sixth.happens(0.04)
    overridesFormerFreeze = !losesApproval && !overtakes && !renames && !requestersStart && !rejectsInFreeze && sixth.happens(0.03)
    deniesOnce = exchangeFaults > 0 && Chance(seed: seed ^ 0x27D4_EB2F_1656_67C5).happens(0.4)
    if approvesUnderNewName {
      // One word decides, and it must not be hers; nothing else keeps the gate shut, and the gate hears of what she deploys before she speaks.
      (rulebook.workflow, rulebook.preventsSelf, rulebook.rules) = (.simple, true, [.init(approver: .listed("managers"), required: 1)])
      (rulebook.preventsAuthors, rulebook.requiresReason, rulebook.freezes) = (false, false, [])
      (rulebook.recurringFreeze, rulebook.approvesDocuments) = (nil, false)
      (exchangeFaults, hookFaults) = (0, 0)
      rulebook.groups = rulebook.groups.mapValues { $0.contains("alice") ? $0 + ["alicia"] : $0 }
    }
    if overtakes || rejectsInFreeze || overridesFormerFreeze {
      // One word lets it through, and a newer one keeps the older from going after it.
      (rulebook.workflow, rulebook.rules) = (.simple, [.init(approver: .listed("managers"), required: 1)])
      (rulebook.preventsAuthors, rulebook.requiresReason, rulebook.commentAlways, rulebook.freezes) = (false, false, false, [])
      (rulebook.recurringFreeze, rulebook.approvesDocuments) = (nil, false)
      (rulebook.rejectsHighRisk, rulebook.supersedes) = (false, true)
      (hookFaults, clockJumps, reloads) = (0, 0, 0)
    }
    if rejectsInFreeze {
      // What is to be held is held, and few do anything else.
      (rulebook.expiresAfter, rulebook.letsOverrideFreezes, acts, neighbours) = (nil, false, 3, 0)
      rulebook.freezes = [.init(start: Options.start, end: Options.start + length * 3 / 4)]
    }
    if overridesFormerFreeze {
      (rulebook.expiresAfter, rulebook.letsOverrideFreezes, rulebook.letsBreakGlass, acts, neighbours) = (nil, true, false, 3, 0)
      rulebook.freezes = [
        .init(start: Options.start, end: Options.start + length / 3),
        .init(start: Options.start + length / 2, end: Options.start + length),
      ]
    }
  }

  var description: String {
    var words = ["seed \(seed)", "\(length / 60_000) min", "\(pipelines) pipelines", "GitLab \(release)", "policy: \(rulebook)"]
    words.append("faults \(exchangeFaults)/\(hookFaults)/\(answerFaults)")
    for (count, name) in [
      (outages, "outages"), (crashes, "crashes"), (diskTroubles, "disk troubles"), (clockJumps, "clock jumps"), (reloads, "reloads"),
      (revocations, "revocations"), (tokenEnds, "ends of our token"), (listeners, "listeners"), (exports, "exports"),
      (neighbours, "acts in GitLab"), (acts, "acts"),
    ] where count > 0 { words.append("\(count) \(name)") }
    for (isSo, name) in [
      (signsHooks, "signed hooks"), (switchesHooksOff, "hooks switched off"), (asksOthersToo, "others asked"),
      (anybodyMayInGitLab, "anybody may in GitLab"), (countsWithoutRules, "count without rules"),
      (renames, approvesUnderNewName ? "alice is renamed and approves" : "alice is renamed"),
      (losesApproval, "an approval is lost and held"), (isTriedAgainByHand, "and tried again by hand"),
      (overtakes, "a newer one overtakes"), (namesOthers, "other policies named"), (requestersStart, "requesters start jobs"),
      (diesAfterEffect, "the process dies after an effect"),
      (deniesOnce, "a 404 by mistake"),
      (rejectsInFreeze, "a rejection in a freeze"), (overridesFormerFreeze, "another freeze is overridden"),
      (isAdministered, otherAdministrators > 0 ? "an administrator, and others in GitLab" : "an administrator"),
      (rulebook.instances.count > 1, worldsAreAlike ? "two GitLabs that are alike" : "two GitLabs"),
    ] where isSo { words.append(name) }
    return words.joined(separator: "; ")
  }
}
