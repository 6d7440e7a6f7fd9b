internal import ChangeControl

/// Places in which apply has protected something and that no service means any more: they were taken out of `services`, moved away, renamed or deleted.
extension GateDiagnosis {
  /// Places to be looked at besides: nothing that is configured lies in them.
  package var formerPlaces: [SetupPlace] {
    expected.madeProtections.filter { !$0.approvalRows.isEmpty }.map(\.place).reduce(into: []) { kept, place in
      guard !mayBeConfigured(place), !kept.contains(where: place.isSame) else { return }
      kept.append(place)
    }
  }

  /// Whether it is, or may be, among what services mean. What a pattern means GitLab has told; a path that is on record tells only what it meant once.
  private func mayBeConfigured(_ place: SetupPlace) -> Bool {
    switch place {
    case .instance: true
    case .project(let id, let path):
      expected.services.contains { $0.projects.contains(.id(id)) } || survey.projects.contains { $0.project?.id == id }
        || survey.beyond.contains { $0.id == id } || untoldPatterns.contains { $0.matches(project: id, path: path) }
    case .group(_, let path):
      surveyed(group: path) != nil || !survey.problems.isEmpty || survey.projects.count < survey.projectCount
        || survey.projects.contains { $0.groupPaths.contains { $0.lowercased() == path.lowercased() } }
    }
  }

  /// Patterns of which it is not known what they mean.
  private var untoldPatterns: [ProjectPattern] {
    let all = expected.services.flatMap(\.projects)
    guard survey.projects.count + survey.beyond.count >= survey.projectCount else { return all }
    let failed = Set(survey.problems.map(\.pattern))
    return failed.isEmpty ? [] : all.filter { if case .path(let pattern) = $0 { failed.contains(pattern.text) } else { false } }
  }

  private var looked: [SetupSurvey.FormerPlace] { survey.formerPlaces.filter { !mayBeConfigured($0.place) } }

  /// A project that lies where a pattern means it, by its path of now, and that is not listed for the account.
  private func isUnlisted(_ one: SetupSurvey.FormerPlace) -> Bool {
    guard one.standing == .shown, case .project(let id, let path) = one.place else { return false }
    return expected.services.contains { $0.covers(project: id, path: path) }
  }

  /// What stands there still waits for the gate, and the gate has no part in it.
  var unlistedFindings: [DoctorFinding] {
    let unlisted = looked.filter(isUnlisted).compactMap(\.place.path)
    guard !unlisted.isEmpty else { return [] }
    return [
      .warn(
        name("membership"),
        "a service covers \(some(unlisted)), where apply has protected something, and GitLab does not list it among the account's projects any more: where "
          + "the account was put out, nobody asks for its approval, and GitLab refuses it",
        "make it a member as Developer (30). \(Self.setup)")
    ]
  }

  /// The same of projects in which apply has made nothing: the server has looked at them before.
  var departedFindings: [DoctorFinding] {
    let moved = expected.watchedProjects.compactMap { one -> (place: SetupPlace, from: String, to: String)? in
      guard case .moved(let path)? = survey.departed[one.id], !isRecorded(one) else { return nil }
      return (.project(id: one.id, path: one.path), one.path, path)
    }
    guard let first = moved.first else { return [] }
    return [
      .warn(
        name("membership"),
        "\(some(moved.map { "\($0.from) is \($0.to) now" })), which no service covers: what is protected there so that it waits for the account waits for ever",
        "put it back under `projects`; or take the account out of what is protected there (GitLab's Settings > CI/CD > Protected environments), and `gatehouse "
          + "setup forget '\(thing(first.place))' --because REASON` ends what is told of it")
    ]
  }

  /// Whether apply has protected something there, so that it is looked at by itself.
  private func isRecorded(_ project: Project) -> Bool {
    survey.formerPlaces.contains { $0.place.isSame(as: .project(id: project.id, path: project.path)) }
  }

  /// Of projects that GitLab shows at no path at all.
  var missingFindings: [DoctorFinding] {
    guard survey.problems.isEmpty else { return [] }
    let shown = survey.projects.compactMap(\.project) + survey.beyond
    let missing = expected.watchedProjects.filter { one in
      !shown.contains { $0.id == one.id || $0.path == one.path } && survey.departed[one.id] == nil
        && expected.services.contains { $0.covers(project: one.id, path: one.path) } && !isRecorded(one)
    }
    guard let first = missing.first else { return [] }
    guard !survey.isUnsure, missing.count <= Limits.formerPlaces else {
      return [
        .warn(
          name("membership"),
          "what became of \(some(missing.map(\.path))), which the patterns of `services` do not find any more, GitLab has not told now",
          "run this again when GitLab answers; of more than \(Limits.formerPlaces) such projects the server's log tells, look by look")
      ]
    }
    return [
      .warn(
        name("membership"),
        "GitLab showed the account \(some(missing.map(\.path))) before, and shows it to \(expected.hasAdminToken ? "neither token of the gate's" : "it no longer"): "
          + "the account was put out of it, or the project was moved away or deleted",
        "make the account a member as Developer (30). \(Self.setup). Where it is not to be gated any more, `gatehouse setup forget 'project \(first.path)' "
          + "--because REASON` ends what is told of it")
    ]
  }

  var ungatedElsewhere: [DoctorFinding] { waitingElsewhere + unshownElsewhere + hiddenElsewhere }

  private var waitingElsewhere: [DoctorFinding] {
    looked.filter { $0.standing == .shown && !isUnlisted($0) }.flatMap { one -> [DoctorFinding] in
      let made = expected.madeProtections.filter { $0.place.isSame(as: one.place) }
      return ((try? one.protections?.get()) ?? []).compactMap { protection in
        claim(protection, made).map { claim in
          .warn(
            name("ungated"),
            "\(one.place.level == .group ? "tier" : "environment") \(protection.name) of \(text(one.place)) waits for the account \(claim.text), and "
              + "nothing there is under change control here any more: its deployments wait for ever",
            "put it back under `projects`, or take the account out of it (GitLab's Settings > CI/CD > Protected environments); `gatehouse setup undo` "
              + "takes back all that apply has made")
        }
      }
    }
  }

  /// Its protections are not shown.
  private var unshownElsewhere: [DoctorFinding] {
    let unshown = looked.filter { !isUnlisted($0) }.compactMap { one -> (String, String)? in
      guard one.standing == .shown, case .failure(let fault)? = one.protections, !fault.isUnavailable else { return nil }
      return (text(one.place), fault.message)
    }
    guard let first = unshown.first else { return [] }
    return [
      .warn(
        name("ungated"),
        "apply has protected something in \(some(unshown.map(\.0))), nothing there is under change control here any more, and what is protected there is "
          + "not shown (\(first.1)): as long as it asks the account, its deployments wait for ever",
        "look with the token of a Maintainer there: `gatehouse setup plan` says what waits; where nothing does, `gatehouse setup forget` strikes it from the "
          + "record")
    ]
  }

  /// It is not shown at all: a deleted one looks like one that has gone elsewhere.
  private var hiddenElsewhere: [DoctorFinding] {
    let hidden = looked.filter { $0.standing == .hidden }.map(\.place)
    guard let first = hidden.first else { return [] }
    let whom = expected.hasAdminToken ? "GitLab shows it to neither token of the gate's" : "GitLab does not show it to the account"
    return [
      .warn(
        name("ungated"),
        "apply has protected something in \(some(hidden.map(text))), which the patterns of `services` do not find any more, and \(whom) (it was deleted, "
          + "moved away, or the account was put out of it): as long as it stands, its deployments may wait for ever",
        "`gatehouse setup plan` with an administrator's token says which it is; where it is deleted, `gatehouse setup forget '\(thing(first))' "
          + "--because REASON` strikes it from the record, and this line goes")
    ]
  }

  /// As `setup forget` is told it: by its number where another project has its path.
  private func thing(_ place: SetupPlace) -> String {
    guard case .project(let id, let path) = place, survey.projects.contains(where: { $0.project?.path == path && $0.project?.id != id })
    else {
      return place.text
    }
    return "project \(id)"
  }

  /// By the path of now; and by that of before, which the configuration and the record know it by.
  private func text(_ place: SetupPlace) -> String {
    guard case .project(let id, let path) = place else { return place.text }
    if survey.projects.contains(where: { $0.project?.path == path && $0.project?.id != id }) {
      return "project \(id), which was \(path) before another project was"
    }
    let recorded = expected.madeProtections.last { $0.place.isSame(as: place) }?.place.path
    return recorded == path ? place.text : place.text + (recorded.map { " (\($0) before)" } ?? "")
  }
}
