internal import ChangeControl

/// What is to be done so that a GitLab has what the gate needs: a pure function of what must be and what there is. In the order in which it can
/// be done: the account, its memberships, its token, the protections that name it, the secrets, the webhooks, the token that only looks.
package struct SetupPlan: Sendable, Hashable {
  package private(set) var steps: [SetupStep]
  /// Of these, and also where nothing else is to be made: the end of tokens that a run which was cut off has made, and nobody has.
  package private(set) var revocations: [SetupChange] = []

  /// Nothing is left to be done, by a program or by a person.
  package var isEmpty: Bool { steps.allSatisfy { $0.mark == .nothing } }

  /// What the gate will not be shown, though nothing is left to do; nil where it will be.
  package private(set) var blindness: String?

  /// Webhooks of the gate's that GitLab sends nothing by, which no apply can end; nil where there are none.
  package private(set) var silence: String?

  package init(_ target: SetupTarget, _ survey: SetupSurvey, _ memory: SetupMemory = SetupMemory()) {
    let planner = SetupPlanner(target: target, survey: survey, memory: memory)
    blindness = planner.blindness
    silence = planner.silence
    let unresolved = survey.unresolved.map { SetupStep.cannot("projects", $0) }
    let account = planner.account
    let rights = survey.administratorInName(on: target.instance).map {
      SetupStep(.nothing, "rights of \(survey.person.username)", notes: [$0])
    }
    var steps = [rights].compactMap(\.self) + unresolved + [account]
    if account.mark == .cannot {
      // Everything else speaks of the account.
      self.steps = steps
      return
    }
    revocations = planner.token.compactMap(\.change).filter { $0.existingID != nil }
    if let noGate = planner.noGate { steps.append(noGate) }
    // An account, a token and a webhook would hold nothing.
    if planner.projects.isEmpty {
      self.steps = [rights].compactMap(\.self) + unresolved + [planner.noGate].compactMap(\.self)
      return
    }
    let protections = planner.protections
    steps += planner.memberships + planner.token + protections + planner.ungatedElsewhere
    steps += planner.formerBegun(after: protections) + planner.formerTokens(after: protections)
    steps += planner.formerMembers(after: protections) + planner.unneededElsewhere
    steps += planner.secrets + planner.hooks + planner.adminToken + planner.accountName
    self.steps = steps
  }
}

/// The parts of a plan.
struct SetupPlanner {
  let target: SetupTarget
  let survey: SetupSurvey
  let memory: SetupMemory

  var group: SetupSurvey.GroupReading? { survey.groupPath(target).flatMap { survey.groups[$0.lowercased()] } }

  /// Those that may have protected environments: for the others nothing is made.
  var projects: [SetupSurvey.ProjectReading] { survey.projects.filter { !lacksProtectedEnvironments($0) } }

  /// Projects that this person may set up: the others are a sentence in the plan, once.
  func mayAdminister(_ project: SetupSurvey.ProjectReading) -> Bool { survey.isAdministrator || (project.personLevel ?? 0) >= 40 }

  // MARK: The account

  var account: SetupStep {
    if let sentence = survey.whyPersonal { return .cannot("service account", sentence) }
    guard !survey.projects.isEmpty else { return .cannot("service account", whyNoProject) }
    let username = survey.username(target)
    if let account = survey.account {
      if account.isByName, !memory.accounts.union(memory.undoneAccounts).contains(account.id) {
        return .cannot("service account \(username)", stranger(account))
      }
      if memory.leavingAccounts.contains(account.id) { return .cannot("service account \(account.username)", leaving(account)) }
      if let sentence = survey.whyBarred(on: target.instance) { return .cannot("service account \(account.username)", sentence) }
      var notes: [String] = []
      if account.place == nil { notes.append("not among the service accounts that \(survey.person.username) may see: taken as it is") }
      let place = account.place.map { " of \($0.text)" } ?? ""
      notes += [otherUsername(account), otherDisplayName(account)].compactMap(\.self)
      return SetupStep(.nothing, "service account \(account.username)\(place)", notes: notes)
    }
    guard let place = survey.accountPlaces.first, survey.version?.namesServiceAccounts != false else {
      return .cannot("service account \(username)", whyNoAccount)
    }
    var change = SetupChange(.account, in: place, name: username)
    change.displayName = target.displayName
    return SetupStep(
      .create, "service account \(username) of \(place.text)", lines: ["+ name: \(target.displayName)"], notes: formerAccounts,
      change: change)
  }

  private var whyNoProject: String {
    if target.patterns.isEmpty { return "no project of GitLab \(target.instance) is under change control; name some under `services`" }
    let wide = target.patterns.compactMap { if case .path(let pattern) = $0, !pattern.isLiteral { "`\(pattern.text)`" } else { nil } }
    guard !wide.isEmpty else { return "none of the projects that are configured is found, see above" }
    return
      "no project that GitLab \(target.instance) shows \(survey.person.username) matches \(listed(wide)); correct `projects` (a group may have been "
      + "renamed or moved), or use the token of somebody who is a Maintainer there"
  }

  /// The name is easily guessed, and on most GitLabs anybody may register: whoever has it first would approve and deploy.
  private func stranger(_ account: SetupSurvey.Account) -> String {
    "GitLab \(target.instance) has a user of that name (id \(account.id)), which is none of the service accounts that \(survey.person.username) is "
      + "shown, nor made by apply: it may be anybody's. Where it is the gate's, put a token of it with scope api where `token` says; else "
      + "choose another name with `setup: {account: {username: NAME}}`"
  }

  /// GitLab removes accounts in the background, and their rows with them: what named it alone would let through whoever may deploy.
  private func leaving(_ account: SetupSurvey.Account) -> String {
    "`gatehouse setup undo` has asked GitLab \(target.instance) to remove it (id \(account.id)), and it is there still: once it goes, what names it would hold "
      + "nothing any more. Apply again when it is gone, which takes minutes; or undo again, which says how it stands. Where GitLab lets it stand (it answers the same to whom it lets remove none), have an "
      + "administrator remove it (Admin > Users); or choose another name with `setup: {account: {username: NAME}}`. A day after undo it is taken as it is"
  }

  private var whyNoAccount: String {
    // The plan is what to mend first: with an account alone nothing could be held.
    if let sentence = noGate?.notes.first { return sentence }
    let person = survey.person.username
    let other =
      "; or make a plain user for the gate by hand, and put its token with scope api where `token` says: the rest is set up from there"
    if survey.topLevelGroups.count > 1, target.accountLevel != .project, !survey.isAdministrator {
      return
        "the projects of GitLab \(target.instance) lie in several top-level groups, and a service account of a group belongs to one: use the token of an "
        + "administrator, who makes one of the instance" + other
    }
    let level = target.accountLevel.map { "at the level `\($0.rawValue)` " } ?? ""
    if let version = survey.version, !version.namesServiceAccounts {
      let reason =
        version.makesServiceAccounts
        ? "before 16.10 GitLab calls a service account what it likes, so that apply could not find its own again"
        : "service accounts begin with 16.1, so that it lets \(person) make no service account"
      return "GitLab \(target.instance) is \(version), and \(reason): update GitLab to 16.10 or later\(other)"
    }
    return
      "GitLab \(target.instance) lets \(person) make no service account \(level)(GitLab 16.10 or later; an Owner of the top-level group, on "
      + "self-managed an administrator): use the token of somebody who may" + other
  }

  // MARK: Memberships

  var memberships: [SetupStep] {
    var steps: [SetupStep] = []
    var covered: String?
    if let level = target.levelInGroup {
      guard let group else { return [.cannot("membership", noGroup)] }
      var step = membership(of: group.place, now: group.accountLevel, wanted: level)
      step.notes += [whyTooHigh(in: group)].compactMap(\.self)
      steps.append(step)
      covered = group.path.lowercased() + "/"
    }
    for project in projects {
      let isCovered = covered.map(project.path.lowercased().hasPrefix) ?? false
      // A membership that is there is all that can be said of a project whose protections and webhooks are not shown to this person.
      let isMember = isCovered || (project.accountLevel ?? 0) >= SetupTarget.levelInProject
      if !mayAdminister(project), !isMember || target.protections != .group || target.hooks == .project {
        steps.append(
          .cannot(
            project.place.text,
            "\(survey.person.username) is no Maintainer of \(project.path), and only one can set it up: use the token of somebody who is"))
      }
      guard !isCovered, mayAdminister(project) || isMember else { continue }
      steps.append(membership(of: project.place, now: project.accountLevel, wanted: SetupTarget.levelInProject))
    }
    return steps + raisedLevels
  }

  var noGroup: String {
    guard let path = survey.groupPath(target) else {
      return "the projects of GitLab \(target.instance) have no group in common; name the group under `setup.group`, or set up each project"
    }
    return "GitLab \(target.instance) shows \(survey.person.username) no group \(path); correct `setup.group`, or use the token of an Owner"
  }

  private func membership(of place: SetupPlace, now: Int64?, wanted: Int64) -> SetupStep {
    let subject = "membership in \(place.text)"
    if let now, now >= wanted { return SetupStep(.nothing, "\(subject) (\(roleName(now)))") }
    var change = SetupChange(.membership, in: place, name: survey.account?.username ?? survey.username(target))
    change.level = wanted
    let line = now.map { "~ access_level: \($0) → \(wanted)" } ?? "+ access_level: \(wanted) (\(roleName(wanted)))"
    return SetupStep(now == nil ? .create : .update, subject, lines: [line], change: change)
  }

  // MARK: The token

  var token: [SetupStep] {
    var steps: [SetupStep] = []
    let all = survey.tokens ?? []
    for token in survey.tokensBesidesOwn ?? [] where token.isActive && memory.isNobodys(token, among: all, own: survey.ownTokenID) {
      var change = SetupChange(.token, in: survey.account?.place ?? .instance, name: token.name)
      change.existingID = token.id
      steps.append(
        SetupStep(
          .update, "access token \(token.name)", lines: ["- revoked: it was made by a run that was cut off, and nobody has it"],
          change: change))
    }
    return steps + doubtfulTokens(among: all) + [ownToken]
  }

  private var ownToken: SetupStep {
    switch survey.ownToken {
    case .valid(let token, let owner) where token.canDecide:
      return SetupStep(.nothing, "access token \(token.name) of \(owner.username)")
    case .valid(_, let owner):
      return issue("access token of \(owner.username)", ["~ the one that is configured does not serve or lacks the scope api: a new one"])
    case .refused(let message):
      return issue("access token", ["~ GitLab refuses the one that is configured (\(message)): a new one"])
    case .absent: return issue("access token", [])
    }
  }

  private func issue(_ subject: String, _ lines: [String]) -> SetupStep {
    if case .absentVariable(let name) = target.token {
      return .cannot(
        subject,
        "it is to come from the environment variable \(name), which no program can set for another: write `token: {file: PATH}` and it is "
          + "made and written there; or make one of scope api by hand and set it")
    }
    if case .present = target.token, target.tokenFile == nil {
      return .cannot(
        subject,
        "it comes from an environment variable, which no program can set for another: write `token: {file: PATH}`, or set a new one")
    }
    let place = survey.account.map(\.place) ?? survey.accountPlaces.first
    guard let place = place ?? (survey.isAdministrator ? .instance : nil) else {
      return .cannot(
        subject,
        "\(survey.person.username) may make no access token for \(survey.account?.username ?? "the account"): make one of scope api by hand, "
          + "and put it where `token` says; or use the token of \(survey.accountManagers)")
    }
    var change = SetupChange(.token, in: place, name: "")
    change.expiresOn = target.tokenExpiresOn
    change.askedOn = target.today
    let mark: SetupStep.Mark = lines.isEmpty ? .create : .update
    let file = target.tokenFile.map { ["+ written to \($0), which only its owner may read"] } ?? []
    return SetupStep(
      mark, subject, lines: lines + ["+ scope: api", "+ expires_at: \(target.tokenExpiresOn)"] + file, notes: refusedLifetime,
      change: change)
  }

  /// What GitLab has refused before it may take by now, if somebody has allowed it: it is tried, and not promised.
  var refusedLifetime: [String] {
    guard let refused = memory.refusedLifetime, let asked = TokenLifetime(from: target.today, to: target.tokenExpiresOn),
      asked.days >= refused.lifetime.days
    else { return [] }
    return ["GitLab has refused one that lives so long, on \(refused.day) (\(refused.words)). \(refused.remedy)"]
  }
}
