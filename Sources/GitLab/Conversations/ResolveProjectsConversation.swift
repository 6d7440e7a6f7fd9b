package import ChangeControl
package import HTTPMessages
internal import JSON

/// Finds the projects that a configuration's patterns mean: a number or a whole path by asking for the project, a pattern by listing the
/// group before its first `*`, or, where that is no group, everything the service account is a member of.
package struct ResolveProjectsConversation: Conversation {
  package typealias Outcome = ResolvedProjects

  private enum Question: Sendable, Hashable {
    case id(Int64)
    case path(Pattern)
    case group(String, [Pattern])
    case memberships([Pattern])

    var patterns: [String] {
      switch self {
      case .id(let id): [String(id)]
      case .path(let pattern): [pattern.text]
      case .group(_, let patterns), .memberships(let patterns): patterns.map(\.text)
      }
    }
  }

  private let api: GitLabAPI
  private var questions: [Question]
  private var pagesLeft = Limits.pages
  private var request: Request?
  private var projects: [Int64: Project] = [:]
  private var unnamed: Set<Int64> = []
  private var absent: Set<Int64> = []
  private var ending: Set<Int64> = []
  private var problems: [ResolvedProjects.Problem] = []

  package init(api: GitLabAPI, patterns: [ProjectPattern]) {
    self.api = api
    var direct: [Question] = []
    var groups: [(group: String, patterns: [Pattern])] = []
    for pattern in patterns {
      switch pattern {
      case .id(let id): if !direct.contains(.id(id)) { direct.append(.id(id)) }
      case .path(let pattern) where pattern.isLiteral: if !direct.contains(.path(pattern)) { direct.append(.path(pattern)) }
      case .path(let pattern):
        let group = Self.group(before: pattern)
        if let index = groups.firstIndex(where: { $0.group == group }) {
          groups[index].patterns.append(pattern)
        } else {
          groups.append((group, [pattern]))
        }
      }
    }
    questions = direct + groups.map { $0.group.isEmpty ? .memberships($0.patterns) : .group($0.group, $0.patterns) }
  }

  /// The whole segments before the first star: `acme/payments` of `acme/payments/check*`.
  private static func group(before pattern: Pattern) -> String {
    pattern.text.split(separator: "/").prefix { !$0.contains("*") }.joined(separator: "/")
  }

  package mutating func start() -> ConversationMove<Outcome> { ask() }

  /// Asks the first question that is left.
  private mutating func ask() -> ConversationMove<Outcome> {
    guard let question = questions.first else { return .end(resolved) }
    let request =
      switch question {
      case .id(let id): api.project(id)
      case .path(let pattern): api.project(path: pattern.text)
      case .group(let path, _): api.projects(ofGroup: path)
      case .memberships: api.projectsOfMember()
      }
    self.request = request
    return .send(request)
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    guard let question = questions.first else { return .end(resolved) }
    let meaning = api.meaning(of: answer)
    switch question {
    case .id, .path:
      switch api.project(in: answer, doing: "looking up project \(question.patterns[0])") {
      case .success(let project):
        projects[project.id] = project
        if case .content(let value) = meaning, value.isEnding { ending.insert(project.id) }
      case .failure(let obstacle):
        if case .notFound = meaning, case .id(let id) = question { absent.insert(id) }
        note(obstacle, isEverybodys: meaning.concernsEverything)
        if case .moved = meaning, let last = problems.indices.last { problems[last].isRedirected = true }
      }
    case .group(let path, let patterns):
      if case .notFound = meaning {
        // A personal namespace, or a group that the account sees only parts of.
        questions[0] = .memberships(patterns)
        return ask()
      }
      if let more = take(meaning, answer, patterns, doing: "listing the projects of \(path)") { return more }
    case .memberships(let patterns):
      if let more = take(meaning, answer, patterns, doing: "listing the service account's projects") { return more }
    }
    if meaning.concernsEverything { return .end(resolved) }
    questions.removeFirst()
    return ask()
  }

  /// Takes one page; returns the request for the next, or nil when the question is done with.
  private mutating func take(
    _ meaning: AnswerMeaning, _ answer: Answer, _ patterns: [Pattern], doing: String
  ) -> ConversationMove<Outcome>? {
    guard case .content(.array(let elements)) = meaning, let asked = request else {
      note(meaning.obstacle(doing, at: api.instance), isEverybodys: meaning.concernsEverything)
      return nil
    }
    for project in elements.lazy.compactMap(\.project) where patterns.contains(where: { $0.matches(project.path) }) {
      projects[project.id] = project
    }
    pagesLeft -= 1
    switch api.nextPage(after: answer, to: asked) {
    case .none: return nil
    case .path(let path) where pagesLeft > 0:
      let next = api.get(page: path)
      request = next
      return .send(next)
    case .path:
      note(
        .refused(reason: "\(doing) takes too many pages (\(Limits.pages) are read at most); configure narrower project patterns"))
    case .elsewhere:
      let reason = "GitLab \(api.instance) continues \(doing) at another address than ours; set its url to its own"
      note(.refused(reason: reason))
    }
    return nil
  }

  /// What stands in the way of the question that was asked. Where it would stand in the way of all that follow too, they are not asked, and
  /// say so: the reason is another's.
  private mutating func note(_ obstacle: Obstacle, isEverybodys: Bool = false) {
    for (index, question) in (isEverybodys ? questions : [questions[0]]).enumerated() {
      if case .id(let id) = question { unnamed.insert(id) }
      let own = index == 0 ? obstacle : obstacle.notAskedAfter
      problems += question.patterns.map { ResolvedProjects.Problem(pattern: $0, obstacle: own) }
    }
  }

  private var resolved: ResolvedProjects {
    var resolved = ResolvedProjects(
      projects: projects.values.sorted { $0.id < $1.id }, unnamed: unnamed.filter { projects[$0] == nil }.sorted(), problems: problems)
    (resolved.absent, resolved.ending) = (absent.sorted(), ending)
    return resolved
  }

  package func outcome(cutOffBecause reason: String) -> ResolvedProjects {
    var cut = resolved
    cut.problems += questions.flatMap(\.patterns).map { .init(pattern: $0, obstacle: .retry(reason: reason, after: nil)) }
    return cut
  }
}
