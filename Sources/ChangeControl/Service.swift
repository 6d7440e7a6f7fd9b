/// A thing under change control: which deployments it gates, and by what rules.
package struct Service: Sendable, Hashable {
  package var id: String
  package var name: String
  package var instance: String
  package var projects: [ProjectPattern]
  package var gatedTiers: [String]
  package var gatedEnvironments: [Pattern]
  package var workflow: String
  package var changeType: ChangeType
  package var policy: String

  package init(
    id: String, name: String, instance: String, projects: [ProjectPattern], gatedTiers: [String], gatedEnvironments: [Pattern],
    workflow: String,
    changeType: ChangeType, policy: String
  ) {
    self.id = id
    self.name = name
    self.instance = instance
    self.projects = projects
    self.gatedTiers = gatedTiers
    self.gatedEnvironments = gatedEnvironments
    self.workflow = workflow
    self.changeType = changeType
    self.policy = policy
  }

  /// Whether this service covers a project. `path` may be unknown; then only numeric ids can match.
  package func covers(project: Int64, path: String?) -> Bool {
    projects.contains { $0.matches(project: project, path: path) }
  }

  /// Whether a deployment to this environment is gated: its tier or its name matches.
  package func gates(environment: String, tier: String?) -> Bool {
    gatedEnvironments.contains { $0.matches(environment) } || (tier.map(gatedTiers.contains) ?? false)
  }
}

package enum ProjectPattern: Sendable, Hashable {
  case id(Int64)
  case path(Pattern)

  package func matches(project: Int64, path: String?) -> Bool {
    switch self {
    case .id(let id): id == project
    case .path(let pattern): path.map(pattern.matches) ?? false
    }
  }
}

/// ITIL's change types.
package enum ChangeType: String, Sendable, Hashable, CaseIterable {
  case standard, normal, emergency
}

/// A path pattern: `*` is any run of characters within one segment, `**` crosses `/`. Case matters, as it does in environment names.
package struct Pattern: Sendable, Hashable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package var isLiteral: Bool { !text.utf8.contains(UInt8(ascii: "*")) }

  package func matches(_ candidate: String) -> Bool {
    var (text, candidate) = (text, candidate)
    return text.withUTF8 { text in candidate.withUTF8 { Pattern.matches(text, $0) } }
  }

  private static func matches(_ pattern: UnsafeBufferPointer<UInt8>, _ candidate: UnsafeBufferPointer<UInt8>) -> Bool {
    let star = UInt8(ascii: "*")
    // Most patterns are another project's, which their beginnings show.
    var index = 0
    while index < pattern.count, pattern[index] != star {
      guard index < candidate.count, pattern[index] == candidate[index] else { return false }
      index += 1
    }
    let (rest, left) = (pattern[index...], candidate[index...])
    // Most of the others end in one run of stars, or are no pattern at all.
    if rest.allSatisfy({ $0 == star }) { return left.isEmpty || rest.count > 1 || (rest.count == 1 && !left.contains(UInt8(ascii: "/"))) }
    return matches(Array(rest)[...], Array(left)[...])
  }

  /// Iterative with one point to fall back to for each kind of star, so that no pattern takes more than pattern × candidate steps.
  private static func matches(_ pattern: ArraySlice<UInt8>, _ candidate: ArraySlice<UInt8>) -> Bool {
    let star = UInt8(ascii: "*")
    let slash = UInt8(ascii: "/")
    // reachable[j]: the pattern read so far matches the first j bytes of the candidate.
    let text = Array(candidate)
    var reachable = [Bool](repeating: false, count: text.count + 1)
    reachable[0] = true
    var index = pattern.startIndex
    while index < pattern.endIndex {
      var next = [Bool](repeating: false, count: text.count + 1)
      if pattern[index] == star {
        var stars = 0
        while index < pattern.endIndex, pattern[index] == star {
          stars += 1
          index += 1
        }
        next = reachable
        for j in text.indices where next[j] && (stars > 1 || text[j] != slash) { next[j + 1] = true }
      } else {
        for j in text.indices where reachable[j] && text[j] == pattern[index] { next[j + 1] = true }
        index += 1
      }
      reachable = next
    }
    return reachable[text.count]
  }
}
